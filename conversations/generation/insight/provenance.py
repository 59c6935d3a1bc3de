"""Writes down what a model is sent, and puts it together again from what was written down.

Texts are not copied: messages keep theirs (an edit makes another message, what is deleted stays in the table), and of
one that was continued later its length at the time is known. A fingerprint tells whether the two are the same.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from conversations.backends.base import ChatMessage, ChatRequest
from conversations.backends.fitting import fitted
from conversations.generation import prompt
from conversations.generation.prompt import Prompt
from conversations.models import Message
from conversations.models.paths import Turn

_SEEDS = 2**31
FIELDS = ("think", "keep_alive", "format", "logprobs", "truncate", "shift")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a model was sent: of each message also whose text it is (None: not a message's).

    `is_exact` is False when it is not what was sent, None for a reply from before this was written down.
    """

    messages: Sequence[ChatMessage]
    numbers: Sequence[int | None]
    is_exact: bool | None


def with_seed(request: ChatRequest) -> ChatRequest:
    """The request with a seed of ours where nobody chose one: what cannot be repeated cannot be looked into."""
    seed = request.options.get("seed")
    if isinstance(seed, int) and seed >= 0:
        return request
    return replace(request, options={**request.options, "seed": random.randrange(_SEEDS)})


def of(found: Prompt, reply: Message) -> dict[str, Any]:
    """What to keep of a prompt. `reply` has the text that it had when the prompt was built."""
    request = found.request
    values = {name: getattr(request, name) for name in FIELDS}
    return {
        **found.provenance,
        "seed": request.options.get("seed"),
        **{name: value for name, value in values.items() if value is not None},
        **({"tools": [tool.name for tool in request.tools]} if request.tools else {}),
        **({"continued": len(reply.content)} if reply.content else {}),
        "characters": sum(len(message.content) for message in request.messages),
        "images": sum(len(message.images) for message in request.messages),
        "fingerprint": fingerprint(request.messages),
    }


def fingerprint(messages: Sequence[ChatMessage]) -> str:
    """The same for the same messages, and for no others."""
    digest = hashlib.sha256()
    for message in messages:
        calls = [[call.id, call.name, dict(call.arguments)] for call in message.tool_calls]
        head = [message.role, len(message.content), len(message.images), message.tool_name, calls]
        digest.update(json.dumps(head, sort_keys=True).encode())
        digest.update(message.content.encode("utf-8", "surrogatepass"))
        for image in message.images:
            digest.update(image.encode())
    return digest.hexdigest()


def rebuilt(reply: Message) -> Sent:
    """What the model was sent for `reply`, from what was written down with it."""
    known = reply.provenance
    turns = _turns(reply)
    messages = _as_shown(prompt.messages_of(turns), known)
    numbers: list[int | None] = [turn.pk for turn in turns]
    if known.get("system_prompt"):
        messages.insert(0, ChatMessage("system", known["system_prompt"]))
        numbers.insert(0, None)
    if "corrects" in known:
        number, length = known["corrects"]
        # An imported reply may name any number: only those of its own conversation are looked up.
        same = Message.objects.filter(conversation_id=reply.conversation_id, pk=number)
        wrong = same.values_list("content", flat=True).first() or ""
        messages += correction(wrong[:length], known.get("instruction", ""))
        numbers += [number, None]
    if known.get("continued"):
        messages.append(ChatMessage("assistant", reply.content[: known["continued"]]))
        numbers.append(reply.pk)
    expected = known.get("fingerprint")
    return Sent(messages, numbers, fingerprint(messages) == expected if expected else None)


def _as_shown(messages: Sequence[ChatMessage], known: Mapping[str, Any]) -> list[ChatMessage]:
    """With notes in place of pictures, where the model was blind."""
    if known.get("images") == 0 and any(message.images for message in messages):
        return list(fitted(ChatRequest("", [*messages, ChatMessage("user", "")]), frozenset()).messages)[:-1]
    return list(messages)


def correction(wrong: str, instruction: str) -> list[ChatMessage]:
    """What is added to a prompt to have an answer corrected."""
    return [ChatMessage("assistant", wrong), ChatMessage("user", instruction)]


def _turns(reply: Message) -> list[Turn]:
    """The turns of the path, each as long as it was."""
    lengths: dict[int, int] = dict(reply.provenance.get("lengths", ()))
    found = islice(reply.conversation.turns(reply.parent_id), reply.provenance.get("messages", 0))
    return [turn._replace(content=turn.content[: lengths.get(turn.pk)]) for turn in found][::-1]
