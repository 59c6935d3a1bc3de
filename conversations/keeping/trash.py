"""A person's trash: deleted conversations and branches, until when they can be restored, and deleting them for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.keeping import holds
from conversations.keeping.removing import Ledger, mark, remove, remove_branch
from conversations.keeping.rules import kept_for
from conversations.models import Conversation, Message, Rule, SiteSettings, User
from conversations.text import clean_line

EXCERPT = 160  # characters
AT_ONCE = 100
"""Conversations whose rows are deleted before the answer when the trash is emptied; the purge does the others."""
KEPT: dict[str, str | Promise] = {
    "hold": _("It is kept by a hold of this site’s staff, and can be deleted when that is lifted."),
    "review": _("It is kept for a review that is under way, and can be deleted when that is closed."),
}
"""Why something is still kept, in words."""


class StillKept(PermissionError):
    """What must not be deleted for good now; `why` is `hold` or `review`."""

    def __init__(self, why: holds.Kept) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation, or a branch with its uppermost `message`. `goes_at` is None while it is `kept` by something."""

    conversation: Conversation
    message: Message | None
    deleted_at: datetime
    goes_at: datetime | None
    kept: holds.Kept | None
    text: str = ""


class Trash:
    """What `user` has in it. A branch of a conversation that is in the trash itself goes and comes with that."""

    def __init__(self, user: User) -> None:
        self._user = user
        site = SiteSettings.load()
        self.days = site.trash_days
        self._retention = kept_for([user.pk], site)[user.pk].days

    @property
    def conversations(self) -> QuerySet[Conversation]:
        """The last deleted first."""
        return Conversation.objects.trashed_by(self._user).order_by("-trashed_at", "-pk")

    @property
    def branches(self) -> QuerySet[Message]:
        """Their uppermost messages, the last deleted first."""
        rows = Message.objects.roots_in_trash().filter(
            conversation__owner=self._user, conversation__temporary_until=None
        )
        return rows.select_related("conversation").order_by("-trashed_at", "-pk")

    def entries(self, found: Iterable[Conversation | Message]) -> list[Entry]:
        """These, as they are listed."""
        rows: Sequence[Conversation | Message] = list(found)
        keys = [row.pk if isinstance(row, Conversation) else row.conversation_id for row in rows]
        kept = holds.why_kept(keys)
        return [self._entry(row, kept) for row in rows]

    def _entry(self, row: Conversation | Message, kept: Mapping[UUID, holds.Kept]) -> Entry:
        conversation = row if isinstance(row, Conversation) else row.conversation
        why, deleted_at = kept.get(conversation.pk), row.trashed_at
        assert deleted_at is not None
        goes_at = deleted_at + timedelta(days=self.days)
        if self._retention is not None:
            goes_at = min(goes_at, conversation.updated_at + timedelta(days=self._retention))
        message = row if isinstance(row, Message) else None
        text = clean_line(message.content[: 4 * EXCERPT], EXCERPT) if message else ""
        return Entry(conversation, message, deleted_at, None if why else goes_at, why, text)

    def delete_conversation(self, pk: UUID) -> bool:
        """For good; False when it is not there. Raises StillKept."""
        found = Conversation.objects.trashed_by(self._user).filter(pk=pk)
        if not mark(found):
            _refuse(pk if found.exists() else None)
            return False
        for _step in remove(pk, Ledger(Rule.OWNER)):
            pass
        return True

    def delete_branch(self, pk: int) -> Message | None:
        """For good; the message that it was, or None. Raises StillKept."""
        message = self.branches.filter(pk=pk).first()
        if message is not None:
            _refuse(message.conversation_id)
            for _step in remove_branch(message, Ledger(Rule.OWNER)):
                pass
        return message

    def empty(self) -> int:
        """Delete all that nothing keeps; how many entries that were."""
        going = holds.unheld(Conversation.objects.trashed_by(self._user))
        marked = [pk for pk in going.values_list("pk", flat=True) if mark(going.filter(pk=pk))]
        ledger = Ledger(Rule.OWNER)
        for pk in islice(marked, AT_ONCE):
            for _step in remove(pk, ledger):
                pass
        free = holds.unheld(Conversation.objects.filter(owner=self._user)).order_by().values("pk")
        branches = list(self.branches.filter(conversation__in=free))
        for branch in branches:
            for _step in remove_branch(branch, ledger):
                pass
        return len(marked) + len(branches)


def _refuse(conversation: UUID | None) -> None:
    why = holds.why_kept([conversation]).get(conversation) if conversation else None
    if why is not None:
        raise StillKept(why)
