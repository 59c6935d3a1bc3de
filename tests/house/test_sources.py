"""What no file of ours does: late imports, broad excepts, inline scripts and styles, addresses of one machine."""

from __future__ import annotations

import ast
import json
import re

from tests.house import sources

BROAD = {"Exception", "BaseException"}
RUNNER = "conversations/generation/runner.py"
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|farm)/|/home/\w+/|/Users/\w+/")
DOWNLOADS = re.compile(
    r'"resolved"|url *= *"?https?:|index-url|^ *registry *=|"registry" *:|files\.pythonhosted', re.MULTILINE
)
INLINE = re.compile(
    r"<style\b|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|\sstyle=|\son\w+=", re.IGNORECASE
)


def test_every_module_says_what_it_holds() -> None:
    packages = {path for path in sources.python() if path.name == "__init__.py" and not path.read_text().strip()}
    silent = [path for path in sources.python() if path not in packages and not ast.get_docstring(sources.tree(path))]
    assert not list(map(sources.name, silent))


def test_nothing_is_imported_inside_a_function() -> None:
    late = [
        f"{sources.name(path)}:{node.lineno}"
        for path in sources.python("chatsite", "conversations", "tests")
        for function in sources.functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not late


def test_only_the_runner_catches_everything() -> None:
    broad = [
        f"{sources.name(path)}:{node.lineno}"
        for path in sources.python("chatsite", "conversations")
        for node in ast.walk(sources.tree(path))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    ]
    assert len([place for place in broad if place.startswith(RUNNER)]) <= 1
    assert not [place for place in broad if not place.startswith(RUNNER)]


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything and keeps it: one that raises again after tidying up is none."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {node.id for node in caught if isinstance(node, ast.Name)}
    raises = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return (handler.type is None or bool(names & BROAD)) and not raises


def test_templates_hold_no_script_and_no_style() -> None:
    found = {sources.name(path): INLINE.findall(path.read_text()) for path in sources.files(".html")}
    assert not {name: hits for name, hits in found.items() if hits}


def test_no_file_names_one_machine() -> None:
    texts = sources.files(
        ".py", ".md", ".js", ".json", ".toml", ".txt", ".in", ".html", ".css", ".yaml", "run", ".npmrc"
    )
    own = sources.ROOT / "tests" / "house"
    assert not [
        sources.name(path) for path in texts if own not in path.parents and MACHINE_PATHS.search(path.read_text())
    ]


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    locks = [path for path in sources.files() if re.match(r"requirements.*\.txt|package-lock\.json|\.npmrc", path.name)]
    assert len(locks) == 5
    assert not [sources.name(path) for path in locks if DOWNLOADS.search(path.read_text())]
    packages = json.loads((sources.ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if name and "integrity" not in package]


def test_every_locked_python_package_has_a_hash() -> None:
    for path in (path for path in sources.files(".txt") if path.name.startswith("requirements")):
        blocks = re.split(r"^(?=[a-z0-9])", path.read_text(), flags=re.MULTILINE)
        assert not [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
