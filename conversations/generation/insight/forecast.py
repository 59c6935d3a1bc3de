"""How full a model's context will be with the next question, told before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from django.db.models import Sum

from conversations.backends.registry import Registry
from conversations.generation.insight import window
from conversations.generation.insight.contexts import Limit, Source, contexts
from conversations.generation.servers.defaults import wishes_of
from conversations.models import Attachment, Conversation, Message, State

_PLENTY = 3
"""So many times the limit is looked at; beyond it nothing changes."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of `limit` tokens, `fixed` always take part (the system prompt), `turns` as long as they fit, oldest first.

    `per_token` is how many characters make a token.
    """

    limit: int
    source: Source
    fixed: int
    turns: list[int]
    per_token: float


def forecast(registry: Registry, conversation: Conversation, model: window.Model) -> Forecast | None:
    """What the next question meets; None when nobody knows how much the model reads."""
    last = _last_reply(conversation, model)
    wishes = wishes_of(conversation, registry.find(*model))
    limit = contexts.limit(registry, model, wishes.sampling.num_ctx) or _limit_of(last)
    known = _limit_of(last)
    if limit is not None and limit.source == "model" and known is not None and known.source == "loaded":
        limit = known
    if limit is None:
        return None
    per_token = _per_token(last, model)
    fixed = window.tokens_of(len(wishes.system_prompt), per_token) if wishes.system_prompt else 0
    turns = [] if conversation._state.adding else list(_turns(conversation, per_token, limit.tokens * _PLENTY))[::-1]
    return Forecast(limit.tokens, limit.source, fixed, turns, per_token)


def _last_reply(conversation: Conversation, model: window.Model) -> Message | None:
    """The newest reply of the model here: what its server counted holds for this language and this matter."""
    if conversation._state.adding:
        return None
    replies = conversation.messages.filter(state=State.COMPLETE, backend_name=model[0], model_name=model[1])
    return replies.order_by("-pk").only("metrics", "provenance").first()


def _limit_of(reply: Message | None) -> Limit | None:
    seen = reply.metrics.get("window") if reply else None
    return Limit(seen["limit"], seen["source"]) if seen and seen.get("source") == "loaded" else None


def _per_token(reply: Message | None, model: window.Model) -> float:
    if reply is not None and "seen_from" not in reply.metrics.get("window", {}):
        known = reply.provenance
        shown = window.counted(
            known.get("characters", 0), known.get("messages", 0), known.get("images", 0),
            reply.metrics.get("prompt_tokens"),
        )  # fmt: skip
        if shown is not None:
            return shown
    return window.learned.per_token(model)


def _turns(conversation: Conversation, per_token: float, most: int) -> Iterator[int]:
    """The tokens of the path's turns, newest first, until `most` are full."""
    total = 0

    def fits(tokens: int) -> bool:
        nonlocal total
        total += tokens
        return total - tokens <= most

    files = _files(conversation)
    found = (
        window.tokens_of(len(turn.content), per_token) + files.get(turn.pk, 0)
        for turn in conversation.turns(conversation.leaf_id)
    )
    return takewhile(fits, found)


def _files(conversation: Conversation) -> dict[int, int]:
    """The tokens of each message's files, as they were estimated when they came."""
    rows = Attachment.objects.filter(message__conversation=conversation).order_by().values("message")
    return {row["message"]: row["sum"] for row in rows.annotate(sum=Sum("tokens"))}
