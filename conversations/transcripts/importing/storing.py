"""Stores what was read: a whole conversation in one transaction, for its new owner.

Messages get new numbers, and what refers to them follows. The conversation and its files keep their ids when those are
free. Bytes of files are not in a transcript: of a text or a PDF the text that was read comes back, pictures do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conversations.models import Attachment, Conversation, Message, State, User
from conversations.models.conversation import TITLE_LIMIT
from conversations.models.message import RUNNING
from conversations.models.statements import insert
from conversations.text import clean_line
from conversations.transcripts.document import Transcript, TranscriptMessage
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.files import check_fields, kept_files
from conversations.transcripts.importing.records import renumbered_metrics, renumbered_provenance
from conversations.transcripts.importing.report import Outcome
from conversations.transcripts.importing.trees import Draft


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a transcript; `files` counts those that it only named."""

    conversation: Conversation
    messages: int
    files: int
    is_renumbered: bool


def store(outcome: Outcome, draft: Draft, owner: User) -> Outcome:
    """What became of the draft. One of another program that is here already is skipped."""
    known = Conversation.objects.filter(pk=draft.transcript.conversation.id, owner=owner) if draft.source else None
    try:
        if known and known.exists():
            raise Unreadable("", _("It was imported before."))
        found = take(draft.transcript, owner)
    except Unreadable as error:
        return outcome.model_copy(update={"outcome": "skipped", "why": clean_line(str(error), 500)})
    done = {"conversation": found.conversation.pk, "messages": found.messages, "is_copy": found.is_renumbered}
    return outcome.model_copy(update={**done, "files": draft.files})


def take(found: Transcript, owner: User) -> Imported:
    """Make it a conversation of `owner`'s. Raises Unreadable, and then nothing is kept."""
    about = found.conversation
    conversation = Conversation(
        owner=owner,
        title=clean_line(about.title, TITLE_LIMIT),
        is_title_given=True,
        created_at=about.created_at,
        updated_at=about.updated_at,
        model_name=about.model,
        backend_name=about.backend,
        system_prompt=about.system_prompt,
        **about.settings.model_dump(),
    )
    is_taken = Conversation.objects.filter(pk=about.id).exists()
    if not is_taken:
        conversation.pk = about.id
    check_fields(conversation, "conversation", ["owner", "leaf"])
    rows = [_row(message, conversation) for message in found.messages]
    for place, row in enumerate(rows):
        check_fields(row, f"messages.{place}", ["conversation", "parent", "sender"])
    kept = kept_files(found.messages, owner)
    try:
        _write(conversation, rows, found.messages, kept)
    except IntegrityError:  # another import of the same file was quicker
        raise Unreadable("conversation.id", _("It is being imported already.")) from None
    files = sum(len(message.attachments) for message in found.messages) - sum(map(len, kept.values()))
    return Imported(conversation, len(rows), files, is_taken)


def _write(
    conversation: Conversation,
    rows: list[Message],
    messages: list[TranscriptMessage],
    kept: dict[int, list[Attachment]],
) -> None:
    numbers: dict[int, int] = {}
    leaf = None
    with transaction.atomic():
        conversation.save(force_insert=True)
        for row, message in zip(rows, messages, strict=True):
            row.parent_id = None if message.parent is None else numbers[message.parent]
            row.provenance = renumbered_provenance(message.provenance, numbers)
            row.metrics = renumbered_metrics(message.metrics, numbers)
            files = kept.get(message.id, [])
            row.attached = len(files)
            insert(row)
            for file in files:
                file.message = row
            Attachment.objects.bulk_create(files)
            numbers[message.id] = row.pk
            leaf = row.pk if message.is_on_path else leaf
        conversation.choose(leaf)


def _row(message: TranscriptMessage, conversation: Conversation) -> Message:
    was_running = message.state in RUNNING
    return Message(
        conversation=conversation,
        role=message.role,
        state=State.INTERRUPTED if was_running else message.state,
        sender=conversation.owner if message.role == "user" else None,
        content=message.content,
        thinking=message.thinking,
        model_name=message.model,
        backend_name=message.backend,
        created_at=message.created_at,
        finished_at=message.finished_at,
        reason=message.reason,
        error_code=message.error.code if message.error else "",
        error_detail=message.error.detail if message.error else "",
        metrics=message.metrics,
        tool_calls=[call.model_dump(exclude_defaults=True) for call in message.tool_calls],
        logprobs=message.logprobs,
        tool_name=message.tool.name if message.tool else "",
        tool_call_id=message.tool.call_id if message.tool else "",
    )
