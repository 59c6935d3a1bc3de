"""The list of OWASP's requirements names tests that are there, and SECURITY.md says what it must."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.house import sources

LIST = sources.ROOT / "docs" / "asvs.md"
COUNT = 253
"""Requirements of levels 1 and 2 in ASVS 5.0.0."""
LINE = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
WORDS = ("_seen_: ", "_n/a_: ", "_not met_: ")


def lines() -> list[tuple[str, str, str, str]]:
    return LINE.findall(LIST.read_text())


def names_of_tests() -> set[str]:
    functions = (node for path in sources.python("tests") for node in ast.walk(sources.tree(path)))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in functions if isinstance(node, kinds) and node.name.startswith("test_")}


def test_every_requirement_has_its_line_in_order() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, *_rest in lines()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == COUNT
    assert {number[0] for number in numbers} == set(range(1, 18))


def test_every_test_that_the_list_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", LIST.read_text()))
    assert named
    assert named - names_of_tests() == set()


def test_every_line_names_a_test_or_says_why_not() -> None:
    silent = [number for number, _level, _words, how in lines() if not how.startswith(("`test_", *WORDS))]
    assert silent == []


def test_the_list_counts_itself() -> None:
    found = Counter("not" if WORDS[2] in how else how[:3] for *_rest, how in lines())
    told = r"(\d+) requirements: (\d+) held by tests, (\d+) seen, (\d+) without .*, (\d+) not"
    counted = re.search(told, LIST.read_text())
    assert counted
    kinds = ("`te", "_se", "_n/", "not")
    assert [int(number) for number in counted.groups()] == [COUNT, *(found[kind] for kind in kinds)]


def test_the_security_policy_says_what_it_must() -> None:
    text = (sources.ROOT / "SECURITY.md").read_text()
    needed = ("Report a fault", "Versions", "Who is trusted with what", "What is defended", "What is not defended")
    named = set(re.findall(r"SECURITY\.md, ([A-Z][\w ]+)", LIST.read_text()))
    assert {title for title in {*needed, *named} if f"## {title.strip()}\n" not in text} == set()
