"""How much of the day somebody has used, in words for their account page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations.generation.fairness.quotas import standing
from conversations.live.protocol.shares import Level, Share
from conversations.models.quota import next_day


@dataclass(frozen=True, slots=True)
class Row:
    """Of one thing: `words` say how much; `used` of `limit` fills a bar, where there is a limit."""

    name: str
    words: str
    used: int
    limit: int | None
    level: Level


@dataclass(frozen=True, slots=True)
class Day:
    """What was used today, and when counting starts anew."""

    rows: list[Row]
    resets_at: datetime


def day_of(user: int) -> Day:
    """For their account page."""
    found = standing(user)
    return Day([_row(_("Messages"), found.messages), _row(_("Tokens"), found.tokens)], next_day())


def _row(name: str, share: Share) -> Row:
    used = number_format(share.used, use_l10n=True, force_grouping=True)
    words = used
    if share.limit is not None:
        limit = number_format(share.limit, use_l10n=True, force_grouping=True)
        words = _("%(used)s of %(limit)s") % {"used": used, "limit": limit}
    elif share.warn_from is not None:
        kept = number_format(share.warn_from, use_l10n=True, force_grouping=True)
        words = _("%(used)s, of %(limit)s that the site asks to keep to") % {"used": used, "limit": kept}
    return Row(name, words, min(share.used, share.limit or 0), share.limit, share.level)
