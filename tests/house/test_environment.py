"""Every variable that the settings read is in the README's table, and there are at most twenty, as the design says."""

from __future__ import annotations

import ast
import re

import pytest

from chatsite.checks.surroundings import OTHERS, surroundings
from tests.house import sources

MOST = 20
READERS = {"text", "flag", "number", "choice", "options", "words"}


def read_in(tree: ast.Module) -> set[str]:
    """The names that are passed to the functions that read a variable."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in READERS:
                found.add(str(node.args[0].value))
    return found


def variables() -> set[str]:
    """Those of `settings` and `environment`."""
    trees = (sources.tree(sources.ROOT / "chatsite" / file) for file in ("settings.py", "environment.py"))
    return set().union(*map(read_in, trees))


def documented() -> set[str]:
    readme = (sources.ROOT / "README.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE))


def test_the_readme_lists_exactly_what_is_read() -> None:
    assert variables() == documented()


def test_there_are_few() -> None:
    assert 5 < len(variables()) <= MOST


def test_the_rule_sees_one_too_many() -> None:
    read = [f'environment.{reader}("{reader.upper()}")' for reader in sorted(READERS)]
    assert read_in(ast.parse("\n".join(read))) == {reader.upper() for reader in READERS}
    one_more = read_in(ast.parse('text("ONE_MORE")'))
    assert len(variables()) == MOST, "if there are fewer now, lower the bound"
    assert len(variables() | one_more) > MOST


def test_only_one_function_reads_the_settings_variables() -> None:
    readers = [
        function.name
        for function in sources.functions(sources.ROOT / "chatsite" / "environment.py")
        if "environ" in ast.dump(function)
    ]
    assert readers == ["text"]


def test_what_a_person_has_set_does_not_reach_the_tests() -> None:
    assert documented() <= set(OTHERS)


def test_what_has_been_compiled_is_kept_for_the_next_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in surroundings()
