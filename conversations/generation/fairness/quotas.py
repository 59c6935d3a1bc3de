"""Quotas where replies begin and end: refused in the transaction that would store them, counted with their end.

Who has no limit costs nothing on asking: their messages are counted with the ends of the replies. Who has one pays a
statement, which counts and tells the sum at once, so that it holds however many processes ask at the same time.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from conversations.live.broadcasts import Hub, user_topic
from conversations.live.protocol.shares import QuotaChanged, Share
from conversations.models import Quota, Usage
from conversations.models.conversation import Refused
from conversations.models.quota import NO_LIMITS, Limits, Used, next_day
from conversations.tasks import read

SIGNAL = "quotas"
"""What a process is told when limits were changed."""
REMEMBERED = 10_000
BELIEVED_SECONDS = 60.0
"""How long limits are believed where no signal came: the way between processes may be down."""


class Known:
    """The limits of people as this process knows them."""

    def __init__(self) -> None:
        self._limits: OrderedDict[int, tuple[float, Limits]] = OrderedDict()
        self._are_any: tuple[float, bool] | None = None

    def of(self, user: int) -> Limits:
        """Their limits. Asks the database where it does not know, or not any more."""
        now = time.monotonic()
        if self._are_any is None or now - self._are_any[0] > BELIEVED_SECONDS:
            self._are_any = now, Quota.objects.exists()
        if not self._are_any[1]:
            return NO_LIMITS
        known = self._limits.get(user)
        if known is None or now - known[0] > BELIEVED_SECONDS:
            known = self._limits[user] = now, Quota.objects.limits_of(user)
            if len(self._limits) > REMEMBERED:
                self._limits.popitem(last=False)
        return known[1]

    def are_none(self, user: int) -> bool:
        """Whether they have none for sure, as far as that is known without asking the database."""
        now = time.monotonic()
        if self._are_any is not None and now - self._are_any[0] <= BELIEVED_SECONDS and not self._are_any[1]:
            return True
        known = self._limits.get(user)
        return known is not None and now - known[0] <= BELIEVED_SECONDS and known[1].are_none

    def forget(self) -> None:
        """Somebody's limits, groups or both are others now."""
        self._are_any = None
        self._limits.clear()


known = Known()


def count(user: int, messages: int = 1) -> bool:
    """Count answers that a person asks for, inside the transaction that stores them; False: to be counted at the end.

    Raises Refused (`quota_messages`, `quota_tokens`): whoever calls lets the transaction fail.
    """
    limits = known.of(user)
    if limits.are_none:
        return False
    used = Usage.objects.add(user, messages)
    code = _exceeded(limits, used, messages)
    if code:
        raise Refused(code)
    return True


def _exceeded(limits: Limits, used: Used, asked: int) -> str:
    if asked and limits.messages.hard is not None and used.messages > limits.messages.hard:
        return "quota_messages"
    if limits.tokens.hard is not None and used.tokens >= limits.tokens.hard:
        return "quota_tokens"
    return ""


def tokens_in(metrics: Mapping[str, Any]) -> int:
    """How many tokens a run read and wrote, as far as its server told or they were seen."""
    return int(metrics.get("prompt_tokens") or 0) + int(metrics.get("reply_tokens") or 0)


def standing(user: int) -> QuotaChanged:
    """What they have used today, and may."""
    limits, used = known.of(user), Usage.objects.of(user)
    messages = Share(used=used.messages, warn_from=limits.messages.warn_from, limit=limits.messages.hard)
    tokens = Share(used=used.tokens, warn_from=limits.tokens.warn_from, limit=limits.tokens.hard)
    levels = {messages.level, tokens.level}
    level = next((each for each in ("spent", "near") if each in levels), "free")
    return QuotaChanged.model_validate(
        {"level": level, "messages": messages, "tokens": tokens, "resets_at": next_day().isoformat()}
    )


async def tell(hub: Hub, user: int) -> None:
    """Tell the tabs of somebody who has limits how much is left."""
    if not known.are_none(user) and hub.has_listeners(user_topic(user)):
        event = await read(bounded_standing, user)
        if event is not None:
            await hub.publish(user_topic(user), event)


def bounded_standing(user: int) -> QuotaChanged | None:
    """`standing`; None of somebody without limits, which costs no statement."""
    return None if known.of(user).are_none else standing(user)
