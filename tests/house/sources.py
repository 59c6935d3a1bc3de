"""The project's own files, as the rules read them: everything that git keeps or would keep."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def files(*endings: str) -> list[Path]:
    """Sorted paths under the root, those with one of the endings; all without any."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    paths = (ROOT / name for name in sorted(set(names)) if name.endswith(endings or ""))
    return [path for path in paths if path.is_file()]


def python(*folders: str) -> list[Path]:
    """The Python files below these folders (all folders without any), migrations left out: Django writes those."""
    chosen = [path for path in files(".py") if "migrations" not in path.parts]
    return [path for path in chosen if not folders or path.relative_to(ROOT).parts[0] in folders]


def name(path: Path) -> str:
    """The path as a person writes it."""
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    """The dotted name of a Python file."""
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
