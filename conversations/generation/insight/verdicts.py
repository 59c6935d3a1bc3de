"""What is found out about a reply when it has ended, and kept with it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from conversations.backends.registry import Registry
from conversations.generation.insight import provenance, window
from conversations.generation.insight.contexts import contexts
from conversations.generation.live_reply import LiveReply
from conversations.generation.prompt import Prompt
from conversations.generation.scribe import Ending
from conversations.models import Message, State
from conversations.structured.checking import wrong_with_answer
from conversations.tasks import read

log = logging.getLogger(__name__)

SHORT = 100_000
"""Characters of a prompt below which its fingerprint takes less time (0.3 ms) than the way to a thread and back, where
a hundred replies that end together would wait for each other's."""


async def judged(registry: Registry, live: LiveReply, reply: Message, found: Prompt | None, ending: Ending) -> Ending:
    """The ending with how it came about, and of a complete reply how it stands to what was wanted of it.

    In its metrics: `window` (what the model read), `repeats` (whether it is the text of the reply that it repeats),
    `format` (what is wrong with a structured answer).
    """
    if found is None:
        return ending
    is_short = sum(len(each.content) + sum(map(len, each.images)) for each in found.request.messages) < SHORT
    known = provenance.of(found, reply) if is_short else await asyncio.to_thread(provenance.of, found, reply)
    ending = replace(ending, provenance={**ending.provenance, **known})
    if ending.state != State.COMPLETE:
        return ending
    try:
        verdicts = await _found_out(registry, live, found, ending)
    except (DatabaseError, OSError):  # the reply is whole all the same
        log.exception("reply %s is not judged", reply.pk)
        return ending
    return replace(ending, metrics={**ending.metrics, **verdicts})


async def _found_out(registry: Registry, live: LiveReply, found: Prompt, ending: Ending) -> dict[str, Any]:
    known, text = ending.provenance, live.kept_content()
    if not known.get("options", {}).get("num_ctx"):
        await contexts.look(registry, live.server)
    metrics = {"window": _window(registry, live.server, found, ending)}
    if "repeats" in known:
        metrics["repeats"] = await read(_compared, live.conversation, known["repeats"], text)
    if "format" in known and not live.tool_calls:
        metrics["format"] = await asyncio.to_thread(_checked, known["format"], text)
    return {name: value for name, value in metrics.items() if value is not None}


def _window(registry: Registry, server: str, found: Prompt, ending: Ending) -> dict[str, Any] | None:
    """What the model read, as far as its server's count tells."""
    model, known = (server, found.request.model_name), ending.provenance
    limit = contexts.limit(registry, model, known.get("options", {}).get("num_ctx"))
    messages, sent = found.request.messages, found.path
    per_token = window.learned.per_token(model)
    sizes = [window.tokens_of(len(each.content), per_token, len(each.images)) for each in messages]
    first = len(messages[:1]) if known.get("system_prompt") else 0
    turns = sizes[first : first + len(sent)]
    counted = ending.metrics.get("prompt_tokens")
    if window.is_whole(sum(sizes), limit.tokens if limit else None):
        window.learned.learn(model, window.counted(known["characters"], len(messages), known["images"], counted))
    if limit is None:
        return None
    left_out = window.unread(turns, sum(sizes) - sum(turns), counted, limit.tokens)
    is_cut = sent and (left_out > 0 or known.get("is_cut"))
    about = {"limit": limit.tokens, "source": limit.source, "estimate": sum(sizes)}
    return {**about, "seen_from": sent[left_out]} if is_cut else about


def _compared(conversation: UUID, number: int, text: str) -> dict[str, Any] | None:
    """Where the text first differs from that of the reply `number`; `differs_at` is None where it does not."""
    original = Message.objects.filter(conversation=conversation, pk=number).values_list("content", flat=True).first()
    return None if original is None else {"reply": number, "differs_at": first_difference(original, text)}


def first_difference(one: str, other: str) -> int | None:
    """The place (from 0) of the first character that is not the same; None for equal texts."""
    if one == other:
        return None
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _checked(wanted: Any, text: str) -> dict[str, Any]:
    wrong = wrong_with_answer(text, wanted)
    return {"kind": "json" if wanted == "json" else "schema", "wrong": [asdict(problem) for problem in wrong]}
