"""What an answer may have to look like: reading what a person wrote as its schema, and what a model answered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

SCHEMA_LIMIT = 32 * 1024
DEPTH_LIMIT = 32
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL has no NUL, and nothing can encode half a character
Format = Literal["json"] | dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where: keys and indexes from the root down, and the rule that was broken (`keyword`).

    Beside those of JSON Schema: `syntax` (`wanted` is line:column), `size`, `depth`, `object`, `remote`, `signs`,
    `slow`, `recursion`, `fence`.
    """

    path: tuple[str | int, ...] = ()
    keyword: str = ""
    wanted: str | int | float | None = None
    text: str = ""


def problem_of(stored: Mapping[str, Any]) -> Problem:
    """The problem that was stored as its fields."""
    path = tuple(stored.get("path", ()))
    return Problem(path, stored.get("keyword", ""), stored.get("wanted"), stored.get("text", ""))


class NotAFormat(ValueError):
    """It cannot be used; `problems` say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].keyword)
        self.problems = problems


def read_json(text: str) -> Any:
    """The value. Raises NotAFormat (`syntax`, `depth`)."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise NotAFormat(Problem((), "syntax", f"{error.lineno}:{error.colno}", error.msg)) from None
    except RecursionError:
        raise NotAFormat(Problem((), "depth", DEPTH_LIMIT)) from None
    except ValueError as error:
        raise NotAFormat(Problem((), "syntax", "", str(error))) from None


def read_schema(text: str) -> dict[str, Any]:
    """The schema, as far as its shape tells; its words are `checking.wrong_with_schema`'s. Raises NotAFormat."""
    if len(text.encode()) > SCHEMA_LIMIT:
        raise NotAFormat(Problem((), "size", SCHEMA_LIMIT // 1024))
    schema = read_json(text)
    if not isinstance(schema, dict):
        raise NotAFormat(Problem((), "object"))
    look_through(schema)
    return schema


def check_format(value: Any) -> Any:
    """The value, when a program may ask for it as a format. Raises NotAFormat."""
    return read_schema(json.dumps(value)) if isinstance(value, dict) else value


def look_through(schema: Any, path: tuple[str | int, ...] = ()) -> None:
    """Refuse what reaches out of the schema, too deep into it, or into no database. Raises NotAFormat.

    With `remote`, `depth` or `signs`.
    """
    if len(path) > DEPTH_LIMIT:
        raise NotAFormat(Problem(path[:8], "depth", DEPTH_LIMIT))
    if isinstance(schema, dict):
        for name in ("$ref", "$dynamicRef"):
            if isinstance(schema.get(name), str) and not schema[name].startswith("#"):
                raise NotAFormat(Problem((*path, name), "remote", schema[name][:200]))
        for name, value in schema.items():
            look_through(name, path)
            look_through(value, (*path, name))
    elif isinstance(schema, list):
        for place, value in enumerate(schema):
            look_through(value, (*path, place))
    elif isinstance(schema, str) and _UNSTORABLE.search(schema):
        raise NotAFormat(Problem(path, "signs"))


def read_answer(text: str) -> Any:
    """The value that a model wrote; around it may be a fence. Raises NotAFormat."""
    bare = text.strip()
    if bare.startswith("```") and bare.endswith("```") and "\n" in bare:
        bare = bare[bare.index("\n") + 1 : -3].strip()
    return read_json(bare)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
