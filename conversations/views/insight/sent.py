"""“What the model saw”: the list of messages as it was sent, put together again from what was written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from conversations.backends.base import ChatMessage
from conversations.generation.insight.provenance import FIELDS, Sent, rebuilt
from conversations.models import Attachment, Message, Role
from conversations.sampling import written
from conversations.structured.outline import pretty
from conversations.views.access import member_required
from conversations.views.lookups import visible_message

_SPEAKERS: dict[str, str | Promise] = {
    "system": gettext_lazy("System"),
    "user": gettext_lazy("You"),
    "assistant": gettext_lazy("Model"),
    "tool": gettext_lazy("Tool"),
}
_LONG = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One message as sent. `is_unread` when the server left it out, `is_deleted` when it is in the trash by now."""

    speaker: str
    role: str
    text: str
    number: int | None
    is_unread: bool
    is_deleted: bool
    calls: list[str] = field(default_factory=list)
    images: list[Attachment] = field(default_factory=list)

    @property
    def is_long(self) -> bool:
        """Whether it is folded at first."""
        return len(self.text) > _LONG


@require_safe
@member_required
def sent(request: HttpRequest, message: int) -> HttpResponse:
    """The messages, the options and the raw request of a reply."""
    found = visible_message(request, message)
    if found.role != Role.ASSISTANT:
        raise Http404
    return render(request, "chat/insight/_sent.html", {**sent_of(found), "section": "sent"})


def sent_of(reply: Message) -> dict[str, Any]:
    """What `_sent.html` shows of a reply."""
    known = reply.provenance
    has_record = "messages" in known
    whole = rebuilt(reply) if has_record else Sent((), (), None)
    return {
        "message": reply,
        "lines": list(_lines(reply, whole)),
        "is_exact": whole.is_exact,
        "has_record": has_record,
        "window": reply.metrics.get("window"),
        "unread": _unread(reply, whole),
        "is_cut": known.get("is_cut"),
        "request_rows": list(_request(known)),
        "schema": pretty(known["format"]) if isinstance(known.get("format"), dict) else "",
        "raw": _raw(reply, whole.messages),
    }


def _lines(reply: Message, whole: Sent) -> Iterator[Line]:
    numbers = [number for number in whole.numbers if number is not None]
    deleted = set(Message.objects.filter(pk__in=numbers).exclude(trashed_at=None).values_list("pk", flat=True))
    pictures: dict[int, list[Attachment]] = {}
    for image in Attachment.objects.filter(message__in=numbers, kind="image"):
        pictures.setdefault(image.message_id or 0, []).append(image)
    seen_from = (reply.metrics.get("window") or {}).get("seen_from") or 0
    for message, number in zip(whole.messages, whole.numbers, strict=True):
        yield Line(
            speaker=message.tool_name if message.role == "tool" and message.tool_name else str(_SPEAKERS[message.role]),
            role=message.role,
            text=message.content,
            number=number,
            is_unread=number is not None and number < seen_from,
            is_deleted=number in deleted,
            calls=[f"{call.name}({_json(dict(call.arguments))})" for call in message.tool_calls],
            images=pictures.get(number or 0, [])[: len(message.images)],
        )


def _unread(reply: Message, whole: Sent) -> int:
    seen_from = (reply.metrics.get("window") or {}).get("seen_from") or 0
    return sum(number is not None and number < seen_from for number in whole.numbers)


def _request(known: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The rest of the request, named as the API names it."""
    options = known.get("options") or {}
    for name, value in options.items():
        yield name, written(value)
    if known.get("seed") is not None and options.get("seed") != known["seed"]:
        yield "seed", _("%(seed)s (drawn for this reply)") % {"seed": known["seed"]}
    for name in FIELDS:
        if name in known and not isinstance(known[name], dict):
            yield name, written(known[name])
    if known.get("tools"):
        yield "tools", ", ".join(known["tools"])


def _raw(reply: Message, messages: Sequence[ChatMessage]) -> str:
    """The request in Ollama's words; of pictures only how long they are."""
    known = reply.provenance
    options = dict(known.get("options") or {})
    if known.get("seed") is not None:
        options["seed"] = known["seed"]
    fields = {name: known[name] for name in FIELDS if name in known}
    tools = {"tools": known["tools"]} if known.get("tools") else {}
    listed = [_as_sent(message) for message in messages]
    return pretty({"model": reply.model_name, "messages": listed, "options": options, **fields, **tools})


def _as_sent(message: ChatMessage) -> dict[str, Any]:
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        found["images"] = [f"… {len(image)} characters of base64" for image in message.images]
    if message.tool_calls:
        found["tool_calls"] = [
            {"function": {"name": call.name, "arguments": dict(call.arguments)}} for call in message.tool_calls
        ]
    if message.tool_name:
        found["tool_name"] = message.tool_name
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
