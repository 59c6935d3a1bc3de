"""How big things may get: a file, a function, a template, a folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.house import sources

FILE, FUNCTION, TEMPLATE, FOLDER = 300, 40, 80, 15
TOP = {
    *("manage.py", "pyproject.toml", "README.md", "chatsite", "conversations", "templates", "static", "tests"),
    *("LICENSE", "CHANGELOG.md", "SECURITY.md", "Makefile", "package.json", "package-lock.json", "Dockerfile"),
    *("compose.yaml", "Caddyfile", ".ci", ".gitignore", ".npmrc", ".dockerignore", "tsconfig.json", "eslint.config.js"),
    *(".prettierrc.json", ".prettierignore", "docs"),
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_files_are_short() -> None:
    long = {sources.name(path): lines(path) for path in [*sources.python(), *sources.files(".js", ".css")]}
    assert not {name: count for name, count in long.items() if count > FILE}


def test_templates_are_short() -> None:
    long = {sources.name(path): lines(path) for path in sources.files(".html")}
    assert not {name: count for name, count in long.items() if count > TEMPLATE}


def test_functions_are_short() -> None:
    long = {}
    for path in sources.python():
        for function in sources.functions(path):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > FUNCTION:
                long[f"{sources.name(path)}: {function.name}"] = length
    assert not long


def test_folders_are_small() -> None:
    kept = [path for path in sources.files() if path.name != "__init__.py" and path.parent != sources.ROOT]
    free = {"migrations", "fixtures"}  # Django looks for migrations in one folder
    crowded = Counter(sources.name(path.parent) for path in kept if not free & set(path.parts))
    assert not {folder: count for folder, count in crowded.items() if count > FOLDER}


def test_the_top_level_holds_what_it_should() -> None:
    tops = {path.relative_to(sources.ROOT).parts[0] for path in sources.files()}
    assert not {top for top in tops - TOP if not (top.startswith("requirements") and top.endswith((".in", ".txt")))}


def test_names_say_what_is_inside() -> None:
    assert not [sources.name(path) for path in sources.files() if VAGUE & set(sources.name(path).split("."))]
    assert not [sources.name(path) for path in sources.files() if VAGUE & set(path.with_suffix("").parts)]
