"""Tool calls put together from what servers make of them."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.backends.base import ToolCall
from tests.unit.openai.reading import DONE, chunk, cuts, event, read


def calls(*fragments: dict[str, Any]) -> bytes:
    return b"".join(chunk({"tool_calls": [fragment]}) for fragment in fragments) + chunk({}, "tool_calls") + DONE


def part(arguments: object, name: str | None = None, **more: object) -> dict[str, Any]:
    return {**more, "function": {"arguments": arguments} | ({"name": name} if name else {})}


PARIS = ToolCall("a", "f", {"city": "Paris"})
ROME = ToolCall("b", "g", {"city": "Rome"})


@pytest.mark.parametrize(
    "fragments",
    [
        [part('{"city":"Paris"}', "f", index=0, id="a"), part('{"city":"Rome"}', "g", index=1, id="b")],
        [part("", "f", index=0, id="a"), part('{"city":', index=0), part('"Paris"}', index=0),
         part('{"city":', "g", index=1, id="b"), part('"Rome"}', index=1)],
        [part("", "f", index=0, id="a"), part("", "g", index=1, id="b"), part('{"city":', index=0),
         part('{"city":', index=1), part('"Paris"}', index=0), part('"Rome"}', index=1)],
        [part('{"city":', "f", id="a"), part('"Paris"}'), part('{"city":', "g", id="b"), part('"Rome"}')],
        [part('{"city":', "f", id="a"), part('"Paris"}', "f", id="a"), part('{"city":"Rome"}', "g", id="b")],
        [part('{"city":"Paris"}', "f", index=0, id="a"), part('{"city":"Rome"}', "g", index=0, id="b")],
        [part({"city": "Paris"}, "f", index=0, id="a"), part({"city": "Rome"}, "g", index=1, id="b")],
    ],
    ids=["whole", "fragments", "interleaved", "by id", "id repeated", "index always 0", "objects"],
)  # fmt: skip
def test_fragments_become_whole_calls(fragments: list[dict[str, Any]]) -> None:
    stream = calls(*fragments)
    told = read(stream)
    assert told.calls == (PARIS, ROME)
    assert told.finish is not None
    assert told.finish.reason == "tool_calls"
    for pieces in cuts(stream):
        assert read(*pieces) == told


def test_calls_without_id_and_index_are_told_apart_by_their_names() -> None:
    found = read(calls(part('{"a":', "f"), part("1}"), part("{}", "g"), part("{}", "g"))).calls
    assert found == (ToolCall("call_1", "f", {"a": 1}), ToolCall("call_2", "g", {}), ToolCall("call_3", "g", {}))


def test_several_calls_of_one_delta_stay_several() -> None:
    delta = {"tool_calls": [part("{}", "f", index=0, id="a"), part("{}", "g", index=1, id="b")]}
    assert [call.name for call in read(chunk(delta) + DONE).calls] == ["f", "g"]


@pytest.mark.parametrize(("text", "malformed"), [("", ""), ("{broken", "{broken"), ("[1]", "[1]"), ("null", "")])
def test_arguments_that_are_no_object_are_kept_for_the_model_to_see(text: str, malformed: str) -> None:
    assert read(calls(part(text, "f", index=0, id="a"))).calls == (ToolCall("a", "f", {}, malformed),)


def test_a_stream_that_breaks_off_calls_nothing() -> None:
    stream = chunk({"tool_calls": [part('{"rm":', "f", index=0, id="a")]})
    assert read(stream + event({"error": "gone"})).calls == ()
    assert read(stream).calls == ()
