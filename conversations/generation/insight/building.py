"""The prompt of any reply: an ordinary one, one that repeats another exactly, one that corrects another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conversations.backends.base import BackendRefused, ChatRequest, ModelInfo
from conversations.backends.fitting import fitted
from conversations.generation import prompt
from conversations.generation.insight import provenance
from conversations.models import Message

_MADE_FOR = ("repeats", "corrects", "instruction")
_KEPT = ("first_message", "last_message", "messages", "lengths", "is_cut", "system_prompt", "options", *_MADE_FOR[1:])


def build(reply: Message, info: ModelInfo | None) -> prompt.Prompt:
    """As `prompt.build`; what the reply was made for is in its provenance (`repeats`, `corrects`)."""
    made_for = {name: value for name, value in reply.provenance.items() if name in _MADE_FOR}
    if original := _original(reply, made_for):
        return _repeated(reply, original, prompt.build(reply, info))
    found = prompt.build(reply, info)
    request = _corrected(found.request, made_for) if "corrects" in made_for else found.request
    request = _fitted(replace(request, format=reply.conversation.response_format), info)
    path = {name: value for name, value in found.provenance.items() if name not in provenance.FIELDS}
    chosen = {**path, "options": dict(request.options), **made_for}
    return replace(found, request=provenance.with_seed(request), provenance=chosen)


def _fitted(request: ChatRequest, info: ModelInfo | None) -> ChatRequest:
    """The request as the backend will send it to a model that is known; what that refuses, it refuses itself."""
    if info is None or info.capabilities is None:
        return request
    try:
        return fitted(request, info.capabilities)
    except BackendRefused:
        return request


def _original(reply: Message, made_for: Mapping[str, Any]) -> Message | None:
    if "repeats" not in made_for:
        return None
    return Message.objects.select_related("conversation").filter(pk=made_for["repeats"]).first()


def _repeated(reply: Message, original: Message, now: prompt.Prompt) -> prompt.Prompt:
    """The request of `original` once more. Only tools come from how things are `now`: they are not ours to keep."""
    known = original.provenance
    options = dict(known.get("options") or {})
    if known.get("seed") is not None:
        options["seed"] = known["seed"]
    request = replace(
        now.request,
        model_name=original.model_name,
        messages=provenance.rebuilt(original).messages,
        options=options,
        think=known.get("think"),
        keep_alive=known.get("keep_alive"),
        format=known.get("format"),
        logprobs=known.get("logprobs"),
        truncate=known.get("truncate"),
        shift=known.get("shift"),
        tools=tuple(tool for tool in now.request.tools if tool.name in known.get("tools", ())),
    )
    kept = {name: known[name] for name in _KEPT if name in known}
    return replace(now, request=request, provenance={**kept, "repeats": original.pk}, wants_title=False)


def _corrected(request: ChatRequest, made_for: Mapping[str, Any]) -> ChatRequest:
    number, length = made_for["corrects"]
    wrong = Message.objects.filter(pk=number).values_list("content", flat=True).first() or ""
    messages = [*request.messages, *provenance.correction(wrong[:length], made_for.get("instruction", ""))]
    return replace(request, messages=messages)
