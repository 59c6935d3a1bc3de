"""Our own transcripts, held against their schema and against themselves."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from conversations.sampling import Sampling
from conversations.transcripts.document import FORMAT, VERSION, Transcript, TranscriptMessage
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.limits import MESSAGES, TITLE
from conversations.transcripts.importing.records import check_records
from conversations.transcripts.importing.values import checked_moment, fitting, parse


def read_transcript(data: bytes) -> Transcript:
    """The transcript of a file. Raises Unreadable."""
    return transcript_of(parse(data))


def transcript_of(value: Any) -> Transcript:
    """What the value says, if it is a transcript that holds together. Raises Unreadable."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Unreadable("format", _("This is no %(format)s.") % {"format": FORMAT})
    if value.get("version") != VERSION:
        words = _("This is version %(found)s; only version %(known)s is read.")
        raise Unreadable("version", words % {"found": repr(value.get("version")), "known": VERSION})
    check_count(value.get("messages"), "messages")
    found = fitting(Transcript, value)
    try:
        fitting(Sampling, found.conversation.settings.sampling)
    except Unreadable as error:
        raise Unreadable(f"conversation.settings.sampling.{error.place}", error.why) from error
    check_title(found.conversation.title, "conversation.title")
    _check_times(found)
    for place, message in enumerate(found.messages):
        check_records(message.metrics, message.provenance, message.logprobs, f"messages.{place}")
    _check_tree(found.messages)
    return found


def check_count(messages: object, place: str) -> None:
    """Raises Unreadable for more than a conversation may have."""
    if isinstance(messages, list | dict) and len(messages) > MESSAGES:
        raise Unreadable(place, _("There are more than %(count)s.") % {"count": f"{MESSAGES:,}"})


def check_title(title: str, place: str) -> None:
    """Raises Unreadable for what is no title any more."""
    if len(title) > TITLE:
        raise Unreadable(place, _("It has more than %(count)s characters.") % {"count": f"{TITLE:,}"})


def _check_times(found: Transcript) -> None:
    about = found.conversation
    checked_moment(about.created_at, "conversation.created_at")
    checked_moment(about.updated_at, "conversation.updated_at")
    for place, message in enumerate(found.messages):
        checked_moment(message.created_at, f"messages.{place}.created_at")
        if message.finished_at is not None:
            checked_moment(message.finished_at, f"messages.{place}.finished_at")


def _check_tree(messages: list[TranscriptMessage]) -> None:
    """Each number once, parents first (so there is no circle), and one path at most."""
    known: set[int] = set()
    last: int | None = None
    for place, message in enumerate(messages):
        if message.id in known:
            raise Unreadable(f"messages.{place}.id", _("%(number)s is there twice.") % {"number": message.id})
        if message.parent is not None and message.parent not in known:
            words = _("%(number)s does not come before it.")
            raise Unreadable(f"messages.{place}.parent", words % {"number": message.parent})
        if message.is_on_path and message.parent != last:
            raise Unreadable(f"messages.{place}.is_on_path", _("The path has a gap, or there are two."))
        if (message.role == "tool") != (message.tool is not None):
            raise Unreadable(f"messages.{place}.tool", _("A tool’s message has it, and no other."))
        last = message.id if message.is_on_path else last
        known.add(message.id)
