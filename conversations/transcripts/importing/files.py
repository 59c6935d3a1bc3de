"""Files of a transcript as they come back: the text that was read from them, without their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError as FieldsInvalid
from django.db.models import Model

from conversations.ids import uuid7
from conversations.models import Attachment, User
from conversations.text import clean_line
from conversations.transcripts.document import TranscriptAttachment, TranscriptMessage
from conversations.transcripts.importing.errors import Unreadable

_NAME = 200  # characters


def kept_files(messages: Iterable[TranscriptMessage], owner: User) -> dict[int, list[Attachment]]:
    """Those that have a text, by the numbers of their messages in the file. Raises Unreadable.

    A model is given the text of such a file, so a conversation that comes back can go on as it was.
    """
    named = {message.id: list(filter(_has_text, message.attachments)) for message in messages}
    ids = [each.id for files in named.values() for each in files]
    taken = set(Attachment.objects.filter(pk__in=ids).values_list("pk", flat=True))
    kept: dict[int, list[Attachment]] = {}
    for place, (number, files) in enumerate(named.items()):
        for position, each in enumerate(files):
            made = _attachment(each, owner, position, taken)
            check_fields(made, f"messages.{place}.attachments.{position}", ["owner", "message", "stored_name"])
            kept.setdefault(number, []).append(made)
    return kept


def _has_text(found: TranscriptAttachment) -> bool:
    return bool(found.text) and found.kind != "image"


def check_fields(row: Model, place: str, without: list[str]) -> None:
    """Whether each field can hold what it is given. Raises Unreadable."""
    try:
        row.clean_fields(exclude=without)
    except FieldsInvalid as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Unreadable(f"{place}.{name}", messages[0]) from error


def _attachment(found: TranscriptAttachment, owner: User, position: int, taken: set[UUID]) -> Attachment:
    """`taken` are the ids that are not free, to which this one's is added."""
    pk = uuid7() if found.id in taken else found.id
    taken.add(pk)
    return Attachment(
        pk=pk,
        owner=owner,
        position=position,
        kind=found.kind,
        name=clean_line(found.name, _NAME) or "file",
        media_type="application/pdf" if found.kind == "pdf" else found.media_type,
        size=found.size,
        pages=found.pages,
        tokens=found.tokens,
        text=found.text,
        remark=found.remark,
        stored_name="",
    )
