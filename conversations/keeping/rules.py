"""How long conversations are kept: by the rules of their owner's groups, or of the site.

Of several rules the longest holds, because what is deleted does not come back; a group without a rule has no say. Who
is in no group with a rule has the site's, and without one conversations are kept until their owner deletes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import Conversation, Hold, Retention, SiteSettings, User
from conversations.models.conversation import ConversationQuerySet

SIGNAL = "rules"
"""Between processes: a rule, a hold, somebody's groups or the site's settings have changed."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule lets go now: `name` says which, for the report."""

    name: str
    conversations: ConversationQuerySet


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a person's conversations are kept: `days` after the last activity (None: until deleted), unless held."""

    days: int | None
    is_held: bool = False

    def __str__(self) -> str:
        if self.is_held:
            return _("kept by a hold of this site’s staff")
        if self.days is None:
            return _("kept until you delete it")
        words = ngettext(
            "kept %(days)s day after the last message", "kept %(days)s days after the last message", self.days
        )
        return words % {"days": self.days}


def kept_for(people: Collection[int], site: SiteSettings | None = None) -> dict[int, Kept]:
    """The rule of each of these people."""
    own = Retention.objects.filter(group__user__in=people).order_by().values("group__user")
    days = dict(own.annotate(longest=Max("days")).values_list("group__user", "longest"))
    held = set(Hold.objects.active().filter(owner__in=people).values_list("owner_id", flat=True))
    others = (site or SiteSettings.load()).retention_days
    return {pk: Kept(days.get(pk, others), pk in held) for pk in people}


def standing_of(person: User) -> tuple[SiteSettings, Kept]:
    """The site's settings with the person's rule, in one query: every chat page tells them."""
    own = Retention.objects.filter(group__user=person).order_by("-days").values("days")[:1]
    held = Hold.objects.active().filter(owner=person)
    found = SiteSettings.objects.filter(pk=1).annotate(own=Subquery(own), held=Exists(held)).first()
    if found is None:
        site = SiteSettings.load()
        return site, kept_for([person.pk], site)[person.pk]
    return found, Kept(found.retention_days if found.own is None else found.own, found.held)


def due_by_retention(now: datetime | None = None) -> Iterator[Due]:
    """Rule by rule, those whose time is over, in the trash or not."""
    moment = now or timezone.now()
    listed = Conversation.objects.lasting().filter(purged_at=None)
    longer: list[int] = []
    for rule in Retention.objects.select_related("group").order_by("-days", "pk"):
        people = User.objects.filter(groups=rule.group_id).exclude(groups__in=longer)
        over = moment - timedelta(days=rule.days)
        yield Due(f"{rule.group}: {rule.days}", listed.filter(owner__in=people, updated_at__lt=over))
        longer.append(rule.group_id)
    others = SiteSettings.load().retention_days
    if others is not None:
        people = User.objects.exclude(groups__in=longer)
        over = moment - timedelta(days=others)
        yield Due(str(others), listed.filter(owner__in=people, updated_at__lt=over))
