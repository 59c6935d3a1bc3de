"""Who may export what: one's own always; others' with the right, for a reason, on the record, while reading is on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from conversations.models import AccessKind, AccessRecord, Conversation, SiteSettings, User
from conversations.review.reading import ReadingRefused, checked_reason

Whose = Literal["own", "all"]
RIGHT = "conversations.export_conversation"


class ExportRefused(PermissionError):
    """`code` is `not_allowed`, `switched_off`, `reason_missing`, `reason_too_long`, `signed_out`, `bad_patterns`,
    `patterns_slow` or `key_not_allowed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who exports. `sitting` names the occasion: within it a conversation is recorded once."""

    user: User
    whose: Whose = "own"
    reason: str = ""
    sitting: str = ""

    @property
    def is_for_all(self) -> bool:
        """Whether other people's are wanted, too."""
        return self.whose == "all"

    def check(self) -> None:
        """Raises ExportRefused for what this person may not do now; asked again while a long export runs."""
        user = User.objects.filter(pk=self.user.pk).first()
        if user is None or not user.may_chat:
            raise ExportRefused("signed_out")
        if not self.is_for_all:
            return
        if not user.has_perm(RIGHT):
            raise ExportRefused("not_allowed")
        if not SiteSettings.load().reading_enabled:
            raise ExportRefused("switched_off")
        try:
            checked_reason(self.reason)
        except ReadingRefused as refusal:
            raise ExportRefused(refusal.code) from None

    def record(self, conversations: Iterable[Conversation]) -> None:
        """Write down that these are about to be read; one's own are not, nor any twice in a sitting."""
        if self.is_for_all:
            reason = checked_reason(self.reason)
            AccessRecord.objects.note_all(AccessKind.EXPORT, self.user, conversations, reason, self.sitting)


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs commands on the server has the database anyway: nothing is asked, and owners are told."""

    reason: str = "by the operator of the site, on its server"

    def check(self) -> None:
        """They may always."""

    def record(self, conversations: Iterable[Conversation]) -> None:
        """Write down that these are about to be read."""
        AccessRecord.objects.note_operator(conversations, self.reason)


OPERATOR = Operator()
