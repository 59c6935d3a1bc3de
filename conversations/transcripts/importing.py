"""Takes a JSON transcript back: all of it or nothing, and never the word of a file for what must hold.

Messages get new numbers, and what refers to them follows. The conversation keeps its id when that is free. Bytes of
files are not in a transcript, so messages come without their files.
"""

from __future__ import annotations

from dataclasses import dataclass
from json import loads
from typing import Any, TypeVar

from django.core.exceptions import ValidationError as FieldsInvalid
from django.db import transaction
from pydantic import BaseModel, ValidationError

from conversations.models import Conversation, Message, State, User
from conversations.models.conversation import TITLE_LIMIT
from conversations.models.message import RUNNING
from conversations.sampling import Sampling
from conversations.text import clean_line, clean_text
from conversations.transcripts.document import FORMAT, VERSION, Transcript, TranscriptMessage

M = TypeVar("M", bound=BaseModel)


class Unreadable(ValueError):
    """A file that is not taken: `place` is where its first error is, such as `messages.3.parent`."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}" if place else why)
        self.place = place


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a transcript; `files` counts those that it named."""

    conversation: Conversation
    messages: int
    files: int
    is_renumbered: bool


def read_transcript(data: bytes) -> Transcript:
    """What the file says, held against the schema and against itself. Raises Unreadable."""
    try:
        value = _clean(loads(data, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise Unreadable("", f"This is no JSON: {error}") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Unreadable("format", f"This is no {FORMAT}.")
    if value.get("version") != VERSION:
        raise Unreadable("version", f"This is version {value.get('version')!r}; only version {VERSION} is read.")
    found = _fitting(Transcript, value, "")
    _fitting(Sampling, found.conversation.settings.sampling, "conversation.settings.sampling.")
    _check_tree(found.messages)
    return found


def take(found: Transcript, owner: User) -> Imported:
    """Make it a conversation of `owner`'s. Raises Unreadable, and then nothing is kept."""
    about = found.conversation
    is_taken = Conversation.objects.filter(pk=about.id).exists()
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
    if not is_taken:
        conversation.pk = about.id
    with transaction.atomic():
        _checked(conversation, "conversation", ["owner", "leaf"]).save(force_insert=True)
        numbers: dict[int, int] = {}
        for place, message in enumerate(found.messages):
            row = _checked(
                _row(message, conversation, numbers), f"messages.{place}", ["conversation", "parent", "sender"]
            )
            row.save(force_insert=True)
            numbers[message.id] = row.pk
        on_path = [numbers[message.id] for message in found.messages if message.is_on_path]
        conversation.choose(on_path[-1] if on_path else None)
    files = sum(len(message.attachments) for message in found.messages)
    return Imported(conversation, len(numbers), files, is_taken)


def _fitting(shape: type[M], value: object, place: str) -> M:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise Unreadable(place + ".".join(map(str, first["loc"])), first["msg"]) from error


def _check_tree(messages: list[TranscriptMessage]) -> None:
    """Each number once, parents first (so there is no circle), and one path at most."""
    known: set[int] = set()
    last: int | None = None
    for place, message in enumerate(messages):
        if message.id in known:
            raise Unreadable(f"messages.{place}.id", f"{message.id} is there twice.")
        if message.parent is not None and message.parent not in known:
            raise Unreadable(f"messages.{place}.parent", f"{message.parent} does not come before it.")
        if message.is_on_path and message.parent != last:
            raise Unreadable(f"messages.{place}.is_on_path", "The path has a gap, or there are two.")
        if (message.role == "tool") != (message.tool is not None):
            raise Unreadable(f"messages.{place}.tool", "A tool’s message has it, and no other.")
        last = message.id if message.is_on_path else last
        known.add(message.id)


def _row(message: TranscriptMessage, conversation: Conversation, numbers: dict[int, int]) -> Message:
    was_running = message.state in RUNNING
    return Message(
        conversation=conversation,
        parent_id=None if message.parent is None else numbers[message.parent],
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
        provenance=_renumbered(message.provenance, numbers),
        tool_calls=[call.model_dump(exclude_defaults=True) for call in message.tool_calls],
        logprobs=message.logprobs,
        tool_name=message.tool.name if message.tool else "",
        tool_call_id=message.tool.call_id if message.tool else "",
    )


def _renumbered(provenance: dict[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    """What was sent, by the messages' new numbers; one that is not in the file is nobody's."""
    changed = dict(provenance)
    for name in ("first_message", "last_message"):
        if isinstance(changed.get(name), int):
            changed[name] = numbers.get(changed[name])
    lengths = changed.get("lengths")
    if isinstance(lengths, list):
        changed["lengths"] = [[numbers[pair[0]], pair[1]] for pair in lengths if _is_known(pair, numbers)]
    return changed


def _is_known(pair: object, numbers: dict[int, int]) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], int) and pair[0] in numbers


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number.")


def _clean(value: Any) -> Any:
    """`value` with every text in it as databases can hold it."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {clean_text(name): _clean(one) for name, one in value.items()}
    return value


def _checked(row: Any, place: str, without: list[str]) -> Any:
    """The row, when each field can hold what it is given."""
    try:
        row.clean_fields(exclude=without)
    except FieldsInvalid as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Unreadable(f"{place}.{name}", messages[0]) from error
    return row
