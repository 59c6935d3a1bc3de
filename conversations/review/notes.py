"""Private notes of reviewers: written, changed and taken back by their author, read by all reviewers."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations.models import Case, Conversation, Message, Note, User
from conversations.models.review.case import NOTE_LIMIT
from conversations.review.watching import changed
from conversations.text import clean_text, is_blank

RESTORABLE = timedelta(days=1)


class NoteRefused(ValueError):
    """A note that cannot be kept; `code` is `note_empty` or `note_too_long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def write(
    author: User, conversation: Conversation, text: str, message: Message | None = None, case: Case | None = None
) -> Note:
    """Take a note on the conversation, or on one message of it. Raises NoteRefused."""
    note = Note.objects.create(
        author=author, conversation=conversation, message=message, case=case, text=_checked(text)
    )
    _tell(note)
    return note


def change(note: Note, text: str) -> None:
    """Say it otherwise. Raises NoteRefused."""
    note.text, note.updated_at = _checked(text), timezone.now()
    note.save(update_fields=["text", "updated_at"])
    _tell(note)


def trash(note: Note) -> None:
    """Take it away, to be restored for a day; what was taken away earlier than that goes for good."""
    now = timezone.now()
    Note.objects.filter(trashed_at__lt=now - RESTORABLE).delete()
    note.trashed_at = now
    note.save(update_fields=["trashed_at"])
    _tell(note)


def restore(note: Note) -> None:
    """Undo `trash`."""
    note.trashed_at = None
    note.save(update_fields=["trashed_at"])
    _tell(note)


def own(author: User, pk: int) -> Note | None:
    """The note of that number if it is theirs, in the trash or not."""
    return Note.objects.select_related("conversation", "case").filter(author=author, pk=pk).first()


def on(conversation: Conversation, case: Case | None, *, is_blind: bool) -> QuerySet[Note]:
    """What a reader of the page sees: all notes but those of blind projects, and on a blind page only its own."""
    shown = Note.objects.filter(conversation=conversation, trashed_at=None).select_related("author", "case")
    if is_blind:
        return shown.filter(case=case)
    own_case = Q(case=case) if case else Q(pk__in=())
    return shown.filter(Q(case=None) | Q(case__project__is_blind=False) | own_case)


def _checked(text: str) -> str:
    cleaned = clean_text(text).strip()
    if is_blank(cleaned):
        raise NoteRefused("note_empty")
    if len(cleaned) > NOTE_LIMIT:
        raise NoteRefused("note_too_long")
    return cleaned


def _tell(note: Note) -> None:
    """Let others who have the case open see it."""
    if note.case_id:
        changed(note.case_id)
