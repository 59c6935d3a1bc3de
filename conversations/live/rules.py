"""Open tabs say who may read their conversations and how long they are kept: each is told its own person's rule."""

from __future__ import annotations

from django.utils import translation

from conversations.keeping.rules import Kept, kept_for
from conversations.live.consumers import tabs
from conversations.live.protocol.events import ReadersChanged
from conversations.models import SiteSettings
from conversations.review.reading import readers
from conversations.tasks import read, spawn


def tell_all() -> None:
    """Tell every tab of this process."""
    spawn(_tell_all(), "rules")


async def _tell_all() -> None:
    people = {tab: tab.user for tab in tuple(tabs) if tab.user is not None}
    if not people:
        return
    site, kept = await read(_rules, set(people.values()))
    for tab, user in people.items():
        with translation.override(tab.language):
            words = str(kept[user])
        await tab.push(ReadersChanged(readers=readers(site), kept=words).model_dump_json(), is_delta=False)


def _rules(people: set[int]) -> tuple[SiteSettings, dict[int, Kept]]:
    site = SiteSettings.load()
    return site, kept_for(people, site)
