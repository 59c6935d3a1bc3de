"""Accountable reading: a reason once per conversation and sitting, kept where its owner can see it.

A sitting is a reader's session, told apart by a hash of its key: the record must not hold what opens the session.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

from django.db.models import QuerySet

from conversations.models import AccessKind, AccessRecord, Conversation, SiteSettings, User
from conversations.models.review.access_record import REASON_LIMIT
from conversations.text import clean_line, clean_text

SHORTEST = 3  # characters of a reason


class ReadingRefused(PermissionError):
    """Reading is not possible; `code` is `switched_off`, `not_allowed`, `reason_missing` or `reason_too_long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def may_read(reader: User, conversation: Conversation) -> bool:
    """Whether `reader` may open it at all: their own always, others' with the right and while the site allows it.

    A temporary chat is nobody's but its owner's.
    """
    if conversation.owner_id == reader.pk:
        return True
    if conversation.is_temporary:
        return False
    return SiteSettings.load().reading_enabled and reader.has_perm("conversations.view_conversation")


def readers(site: SiteSettings | None = None) -> Literal["owner", "staff"]:
    """Who may open a conversation by the settings as they are: its owner alone, or staff with a reason too."""
    return "staff" if (site or SiteSettings.load()).reading_enabled else "owner"


def sitting_of(session_key: str | None) -> str:
    """The name of a sitting, from the key of the reader's session."""
    return sha256((session_key or "").encode()).hexdigest()


def is_open(reader: User, conversation: Conversation, session_key: str | None) -> bool:
    """Whether they gave their reason in this sitting already; one's own needs none."""
    if conversation.owner_id == reader.pk:
        return True
    return bool(session_key) and opened_by(reader, session_key).filter(conversation_key=conversation.pk).exists()


def opened_by(reader: User, session_key: str | None) -> QuerySet[AccessRecord]:
    """The records by which `reader` opened conversations in this sitting; none without a session."""
    if not session_key:
        return AccessRecord.objects.none()
    return AccessRecord.objects.filter(reader=reader, sitting=sitting_of(session_key), kind=AccessKind.READ)


def open_for(
    reader: User,
    conversation: Conversation,
    session_key: str | None,
    reason: str,
    kind: AccessKind = AccessKind.READ,
) -> AccessRecord:
    """Write the record that opens it. Raises ReadingRefused."""
    if not SiteSettings.load().reading_enabled:
        raise ReadingRefused("switched_off")
    if not may_read(reader, conversation):
        raise ReadingRefused("not_allowed")
    return AccessRecord.objects.note(kind, reader, conversation, checked_reason(reason), sitting_of(session_key))


def checked_reason(reason: str) -> str:
    """A reason as the record keeps it, in one line. Raises ReadingRefused."""
    cleaned = clean_text(reason).strip()
    if len(cleaned) < SHORTEST:
        raise ReadingRefused("reason_missing")
    if len(cleaned) > REASON_LIMIT:
        raise ReadingRefused("reason_too_long")
    return clean_line(cleaned, REASON_LIMIT)


def found_by(reader: User, conversations: Iterable[Conversation], session_key: str | None, words: str) -> None:
    """Put on the record that a search for `words` showed lines of these: once for each, and for the same words."""
    line = clean_line(clean_text(words), REASON_LIMIT)
    AccessRecord.objects.note_all(AccessKind.SEARCH, reader, conversations, line, sitting_of(session_key))
