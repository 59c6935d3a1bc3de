"""Formats, tools, images, probabilities and thinking mean the same with every server."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

import jsonschema
import pytest
from PIL import Image

from conversations.backends.base import (
    BackendRefused,
    ChatBackend,
    ChatMessage,
    ChatRequest,
    Delta,
    Finish,
    TokenLogprob,
    ToolCall,
    ToolSpec,
)
from tests.upstream import Upstream

SEES, THINKS, PLAIN = "gemma3:4b", "qwen3:8b", "tiny:latest"
CLOCK = ToolSpec("clock", "The time of day.", {"type": "object", "properties": {"zone": {"type": "string"}}})
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "age": {"type": "integer", "minimum": 18},
        "moods": {"type": "array", "items": {"$ref": "#/$defs/mood"}, "minItems": 2},
    },
    "required": ["name", "age", "moods"],
    "$defs": {"mood": {"enum": ["calm", "glad"]}},
}


class Told(NamedTuple):
    content: str
    thinking: str
    calls: Sequence[ToolCall]
    sure: Sequence[TokenLogprob]
    finish: Finish


async def told(backend: ChatBackend, model: str, *messages: ChatMessage, **fields: Any) -> Told:
    events = [event async for event in backend.chat(ChatRequest(model, messages, **fields))]
    deltas = [event for event in events if isinstance(event, Delta)]
    finish = events[-1]
    assert isinstance(finish, Finish)
    return Told(
        "".join(delta.content for delta in deltas),
        "".join(delta.thinking for delta in deltas),
        [call for delta in deltas for call in delta.tool_calls],
        [token for delta in deltas for token in delta.logprobs],
        finish,
    )


def user(text: str, *images: str) -> ChatMessage:
    return ChatMessage("user", text, images=images)


def picture(kind: str, width: int, height: int) -> str:
    target = BytesIO()
    Image.new("RGB", (width, height), "teal").save(target, kind)
    return base64.b64encode(target.getvalue()).decode()


async def test_a_model_asks_for_tools_and_goes_on_with_their_answers(backend: ChatBackend) -> None:
    question = user('call clock {"zone": "UTC"} and call clock {"zone": "Europe/Berlin"}')
    first = await told(backend, SEES, question, tools=[CLOCK])
    assert [(call.name, dict(call.arguments), call.malformed) for call in first.calls] == [
        ("clock", {"zone": "UTC"}, ""),
        ("clock", {"zone": "Europe/Berlin"}, ""),
    ]
    assert len({call.id for call in first.calls}) == 2
    assert first.content == "Let me look."
    answers = [
        ChatMessage("tool", text, tool_name=call.name, tool_call_id=call.id)
        for call, text in zip(first.calls, ("12:00", "13:00"), strict=True)
    ]
    history = [question, ChatMessage("assistant", first.content, tool_calls=first.calls), *answers]
    second = await told(backend, SEES, *history, tools=[CLOCK])
    assert second.calls == []
    assert [line.partition(" answered: ")[2] for line in second.content.splitlines()] == ["12:00", "13:00"]


async def test_broken_arguments_are_malformed_or_a_refusal_but_never_a_call(
    backend: ChatBackend, protocol: str
) -> None:
    question = user('call clock {"zone": ')
    if protocol == "native":
        with pytest.raises(BackendRefused, match="invalid tool call arguments"):
            await told(backend, SEES, question, tools=[CLOCK])
        return
    first = await told(backend, SEES, question, tools=[CLOCK])
    assert [(call.arguments, call.malformed) for call in first.calls] == [({}, '{"zone": ')]
    answer = ChatMessage("tool", "not JSON", tool_name="clock", tool_call_id=first.calls[0].id)
    second = await told(backend, SEES, question, ChatMessage("assistant", "", tool_calls=first.calls), answer)
    assert second.content.endswith("answered: not JSON")


async def test_images_arrive_whole_and_in_order(backend: ChatBackend, upstream: Upstream) -> None:
    images = [picture("PNG", 64, 48), picture("JPEG", 30, 20), picture("WEBP", 8, 9)]
    sizes = [len(base64.b64decode(image)) for image in images]
    found = await told(backend, SEES, user("What is this?", *images))
    assert found.content == (
        f"I see 3 images: PNG 64×48 ({sizes[0]} bytes), JPEG 30×20 ({sizes[1]} bytes), WEBP 8×9 ({sizes[2]} bytes)."
    )
    if upstream.chats[0].path.startswith("/v1"):
        parts = upstream.chats[0].value["messages"][0]["content"]
        kinds = [part["image_url"]["url"].partition(";")[0] for part in parts[1:]]
        assert kinds == ["data:image/png", "data:image/jpeg", "data:image/webp"]


async def test_a_model_that_cannot_see_is_not_shown_anything(
    backend: ChatBackend, upstream: Upstream, protocol: str
) -> None:
    with pytest.raises(BackendRefused) as refused:
        await told(backend, PLAIN, user("What is this?", picture("PNG", 8, 8)))
    assert refused.value.code == "model_cannot_see"
    # Servers that do not tell what their models can do have to be asked.
    assert len(upstream.chats) == (0 if protocol == "native" else 1)


async def test_a_model_that_cannot_use_tools_is_not_offered_any(
    backend: ChatBackend, upstream: Upstream, protocol: str
) -> None:
    with pytest.raises(BackendRefused) as refused:
        await told(backend, PLAIN, user("call clock"), tools=[CLOCK])
    assert refused.value.code == "model_cannot_use_tools"
    assert len(upstream.chats) == (0 if protocol == "native" else 1)


async def test_an_answer_fits_its_schema(backend: ChatBackend) -> None:
    found = await told(backend, SEES, user("Invent somebody"), format=PERSON)
    jsonschema.validate(json.loads(found.content), PERSON)


async def test_an_answer_is_json_when_that_is_wanted(backend: ChatBackend) -> None:
    found = await told(backend, SEES, user("Hello"), format="json")
    assert json.loads(found.content) == {"answer": "Hello"}


@pytest.mark.parametrize("wanted", [0, 3])
async def test_every_token_comes_with_its_probability(backend: ChatBackend, wanted: int) -> None:
    found = await told(backend, SEES, user("surprise me"), options={"seed": 1}, logprobs=wanted)
    assert "".join(token.token for token in found.sure) == found.content
    assert all(token.logprob < 0 for token in found.sure)
    assert {len(token.top) for token in found.sure} == {wanted}
    plain = await told(backend, SEES, user("surprise me"), options={"seed": 1})
    assert (plain.content, plain.sure) == (found.content, [])


async def test_the_same_seed_or_no_temperature_gives_the_same_words(backend: ChatBackend) -> None:
    async def words(**options: object) -> str:
        return (await told(backend, SEES, user("surprise me"), options=options)).content

    assert await words(seed=7) == await words(seed=7)
    assert await words(seed=7) != await words(seed=8)
    assert await words(temperature=0) == await words(temperature=0)
    assert await words() != await words()


@pytest.mark.parametrize("level", ["low", "medium", "high"])
async def test_a_model_thinks_as_long_as_it_is_told(backend: ChatBackend, level: Any) -> None:
    found = await told(backend, THINKS, user("surprise me"), think=level)
    assert found.thinking.startswith(f"Thinking: {level}.")


async def test_the_most_thinking_goes_by_the_servers_own_name(
    backend: ChatBackend, upstream: Upstream, protocol: str
) -> None:
    await told(backend, THINKS, user("surprise me"), think="max")
    sent = upstream.chats[0].value
    name = "think" if protocol == "native" else "reasoning_effort"
    assert sent[name] == ("max" if protocol in ("native", "ollama") else "high")


async def test_a_model_that_is_told_not_to_think_does_not(backend: ChatBackend) -> None:
    assert (await told(backend, THINKS, user("think"), think=False)).thinking == ""
    assert (await told(backend, THINKS, user("think"))).thinking != ""
