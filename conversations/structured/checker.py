"""Holds schemas and answers against JSON Schema (Draft 2020-12), as a program of its own.

A schema is code of a stranger's: a dozen lines of `allOf` take longer than the universe, a pattern too. So this runs
in a child process with a limit on its time; and what it needs in memory, the server does not keep.

Reads `{"schema", "answer"?, "seconds"}` from standard input, writes a list of `{"path", "keyword", "wanted", "text"}`:
what is wrong with the answer, or without one with the schema.
"""

from __future__ import annotations

import json
import math
import re
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

MOST = 20
_LONGEST = 300
_TYPES = "object, array, string, number, integer, boolean, null"
Found = dict[str, Any]


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    seconds = math.ceil(time.process_time()) + math.ceil(question["seconds"])  # its own start took some
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    schema = question["schema"]
    try:
        found = _wrong(schema, question["answer"]) if "answer" in question else _wrong_schema(schema)
    except RecursionError:
        found = [_problem([], "recursion", None, "")]
    except Unresolvable as error:
        found = [_problem([], "$ref", str(error.ref), str(error))]
    json.dump(found, sys.stdout)


def _wrong_schema(schema: Any) -> list[Found]:
    meta = Draft202012Validator(Draft202012Validator.META_SCHEMA, registry=Registry())
    found = [_of(error) for error in islice(meta.iter_errors(schema), MOST)]
    for problem in found:
        if problem["keyword"] == "anyOf" and problem["path"][-1:] == ["type"]:  # a name, or a list of names
            problem |= {"keyword": "enum", "wanted": _TYPES}
    return found or list(_bad_patterns(schema, []))


def _bad_patterns(schema: Any, path: list[str | int]) -> Iterator[Found]:
    """The library takes any text for a pattern, and falls over it later."""
    if isinstance(schema, dict):
        patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
        patterns += schema["patternProperties"] if isinstance(schema.get("patternProperties"), dict) else []
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                yield _problem(path, "pattern", pattern, str(error))
    children = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for name, child in children:
        yield from _bad_patterns(child, [*path, name])


def _wrong(schema: Any, answer: Any) -> list[Found]:
    # An own registry: the default one would fetch what a `$ref` names.
    validator = Draft202012Validator(schema, registry=Registry())
    found: dict[tuple[object, ...], Found] = {}
    for error in islice(validator.iter_errors(answer), MOST):
        problem = _of(error)
        found.setdefault((*problem["path"], problem["keyword"]), problem)
    return list(found.values())


def _of(error: ValidationError) -> Found:
    """The problem; of alternatives, what is wrong with the one that fits best."""
    deepest = best_match([error]) or error
    wanted: Any = deepest.validator_value
    given = deepest.instance
    if isinstance(given, dict) and deepest.validator == "required":
        wanted = [name for name in wanted if name not in given]
    elif isinstance(given, dict) and deepest.validator == "additionalProperties":
        schema: Any = deepest.schema
        wanted = [name for name in given if name not in schema.get("properties", {})]
    return _problem(list(deepest.absolute_path), str(deepest.validator), wanted, deepest.message)


def _problem(path: list[str | int], keyword: str, wanted: Any, text: str) -> Found:
    brief = wanted if isinstance(wanted, str | int | float) else None
    if isinstance(wanted, list) and all(isinstance(one, str | int | float) for one in wanted):
        brief = ", ".join(str(one) for one in wanted[:12])[:_LONGEST]
    return {"path": path, "keyword": keyword, "wanted": brief, "text": text[:_LONGEST]}


if __name__ == "__main__":
    main()
