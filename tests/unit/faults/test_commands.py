"""Every field of every command of a tab, missing, null and of every wrong type: refused by its name, never a crash."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from conversations.live.protocol import Frame
from conversations.live.protocol.commands import BadFrame, Command, parse_command

COMMANDS: tuple[type[Frame], ...] = get_args(get_args(Command)[0])
VALUES = {
    "client_id": str(uuid.uuid4()),
    "conversation": str(uuid.uuid4()),
    "text": "hello",
    "message": 1,
    "reply": 1,
    "decision": "once",
    "project": 1,
    "frames": 1,
}
WRONG: tuple[object, ...] = (
    "", "x" * 5000, "../../etc/passwd", "1 OR 1=1", -1, 1.5, 10**30, True, [], [[]], {}, {"$ne": 1}, {"__proto__": 1},
)  # fmt: skip


def whole(command: type[Frame]) -> dict[str, Any]:
    """One that is right, with what it must have."""
    needed = [name for name, field in command.model_fields.items() if field.is_required()]
    return {"type": command.model_fields["type"].default, **{name: VALUES[name] for name in needed}}


def fields() -> Iterator[tuple[type[Frame], str, FieldInfo]]:
    for command in COMMANDS:
        for name, field in command.model_fields.items():
            if name != "type":
                yield command, name, field


def refusal(value: dict[str, Any]) -> BadFrame | None:
    try:
        parse_command(json.dumps(value))
    except BadFrame as bad:
        return bad
    return None


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_one_that_is_right_is_read(command: type[Frame]) -> None:
    assert isinstance(parse_command(json.dumps(whole(command))), command)
    unknown = refusal({**whole(command), "is_staff": True})
    assert unknown
    assert (unknown.code, unknown.field) == ("bad_field", "is_staff")


@pytest.mark.parametrize(
    ("command", "name", "field"), list(fields()), ids=lambda value: getattr(value, "__name__", None) or str(value)[:20]
)
def test_what_is_wrong_is_named(command: type[Frame], name: str, field: FieldInfo) -> None:
    right = whole(command)
    if field.is_required():
        missing = refusal({key: value for key, value in right.items() if key != name})
        assert missing
        assert (missing.code, missing.field) == ("bad_field", name)
    refused = [bad for value in (None, *WRONG) if (bad := refusal({**right, name: value}))]
    assert refused, "everything is taken"
    assert {bad.code for bad in refused} <= {"bad_field", "too_long"}
    assert {bad.field.split(".")[0] for bad in refused} == {name}


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"ping","type":"pong"}',
        "{" + ",".join(f'"key{n}":1' for n in range(100_000)) + "}",
        '{"type":"stop","reply":1e999}',
        '{"type":"stop","reply":NaN}',
        '{"type":"stop","reply":-Infinity}',
        '{"a":' * 100_000,
        '{"type":"ping"}{"type":"ping"}',
        '\ufeff{"type":"ping"}',
        "9" * 5000,
        '"ping"',
        "",
    ],
    ids=lambda text: text[:20],
)
def test_odd_json_is_refused(text: str) -> None:
    with pytest.raises(BadFrame) as bad:
        parse_command(text)
    assert bad.value.code in {"bad_json", "bad_field", "unknown_type"}
