"""What the reading page says about a message in a line, as the chat page says it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.generation.tooling.words import label_of
from conversations.models import Conversation, Message, Role, State
from conversations.review.people import People


def speaker_of(message: Message, conversation: Conversation, people: People) -> str:
    """Who said it: a person, a model or a tool by the name they have on this page."""
    match message.role:
        case Role.USER:
            return people.sender(message) or people.owner(conversation)
        case Role.ASSISTANT:
            return people.model(message.model_name) or str(message.get_role_display())
        case Role.TOOL:
            return _("Tool: %(name)s") % {"name": people.text(label_of(message))}
    return str(message.get_role_display())


def metrics_line(metrics: Mapping[str, Any]) -> str:
    """Tokens, speed, first token and total, as far as they are known."""
    return " · ".join(_metrics(metrics))


def thinking_label(metrics: Mapping[str, Any]) -> str:
    """How long it thought."""
    took = _known(metrics, "thinking_ms")
    return _("Thought for %(time)s") % {"time": lasting(took)} if took else _("Thoughts")


def ending_of(message: Message) -> str:
    """Why a reply has an end that is not its own, or has none yet; empty otherwise, and for a failure."""
    if message.is_running:
        return _("This reply was still being written.")
    if message.state in (State.STOPPED, State.INTERRUPTED):
        return str(message.get_state_display())
    is_cut = message.state == State.COMPLETE and message.reason == "length"
    return _("The reply was cut off here: it reached its length limit.") if is_cut else ""


def lasting(milliseconds: float) -> str:
    """A time: 0.4 s, 12 s, 3 min 5 s."""
    seconds = milliseconds / 1000
    if seconds >= 59.5:
        whole = round(seconds)
        return _unbroken(_("%(min)s min %(s)s s") % {"min": whole // 60, "s": whole % 60})
    digits = 3 if seconds < 0.0095 else 2 if seconds < 0.095 else 1 if seconds < 9.95 else 0
    return _unbroken(_("%(seconds)s s") % {"seconds": number_format(seconds, digits)})


def _unbroken(words: str) -> str:
    """A number stays on the line of its unit."""
    return words.replace(" ", "\u00a0")


def _metrics(metrics: Mapping[str, Any]) -> Iterator[str]:
    count, speed = _known(metrics, "reply_tokens"), _known(metrics, "tokens_per_second")
    if count is not None:
        shown = number_format(count, use_l10n=True, force_grouping=True)
        yield ngettext("%(count)s token", "%(count)s tokens", int(count)) % {"count": shown}
    if speed is not None:
        yield _("%(speed)s tokens/s") % {"speed": number_format(speed, 1 if speed < 100 else 0)}
    first, total = _known(metrics, "first_ms"), _known(metrics, "total_ms")
    if first is not None:
        yield _("first token %(time)s") % {"time": lasting(first)}
    if total is not None:
        yield _("total %(time)s") % {"time": lasting(total)}


def _known(metrics: Mapping[str, Any], name: str) -> float | None:
    """A figure, as far as it is a number: a file that was imported may say anything."""
    value = metrics.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return value if is_number else None
