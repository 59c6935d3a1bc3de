"""Every variable that the settings read is in the README's table, and there are at most thirty."""

from __future__ import annotations

import ast
import re

from tests.house import sources

READERS = {"text", "flag", "number", "choice", "words"}


def variables() -> set[str]:
    """The names that `settings` and `environment` pass to the functions that read a variable."""
    found = set()
    for file in ("settings.py", "environment.py"):
        for node in ast.walk(sources.tree(sources.ROOT / "chatsite" / file)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in READERS:
                    found.add(str(node.args[0].value))
    return found


def documented() -> set[str]:
    readme = (sources.ROOT / "README.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE))


def test_the_readme_lists_exactly_what_is_read() -> None:
    assert variables() == documented()


def test_there_are_few() -> None:
    assert 5 < len(variables()) <= 30
