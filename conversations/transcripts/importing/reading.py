"""From a file to conversations: each one read by what it looks like, the next only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from threading import BoundedSemaphore
from typing import IO, Any

from django.utils.translation import gettext as _

from conversations.models import User
from conversations.text import clean_line
from conversations.transcripts.document import FORMAT
from conversations.transcripts.importing import chatgpt, openwebui
from conversations.transcripts.importing.archive import opened
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.limits import AT_ONCE, CONVERSATIONS
from conversations.transcripts.importing.own import transcript_of
from conversations.transcripts.importing.report import Outcome
from conversations.transcripts.importing.scanning import Piece, Scanner
from conversations.transcripts.importing.storing import store
from conversations.transcripts.importing.trees import Draft
from conversations.transcripts.importing.values import parse

_TITLE = 120
_turns = BoundedSemaphore(AT_ONCE)


def drafts(file: IO[bytes], name: str, owner: int) -> Iterator[tuple[Outcome, Draft | None]]:
    """Each conversation of the file: what is known of it, and itself unless it is skipped.

    What cannot be read any further ends with a skipped one that says so.
    """
    if not _turns.acquire(blocking=False):
        yield _skipped(name, "", "", Unreadable("", _("Other files are being imported. Try again in a minute."))), None
        return
    try:
        yield from _drafts(file, name, owner)
    finally:
        _turns.release()


def _drafts(file: IO[bytes], name: str, owner: int) -> Iterator[tuple[Outcome, Draft | None]]:
    count, where = 0, name
    try:
        for where, stream in opened(file, name):
            for piece in islice(Scanner(stream).pieces(), CONVERSATIONS - count + 1):
                count += 1
                if count > CONVERSATIONS:
                    raise Unreadable("", _("Only the first %(count)s are taken.") % {"count": f"{CONVERSATIONS:,}"})
                yield _draft(piece, where, owner)
        if not count:
            raise Unreadable("", _("There is no conversation in it."))
    except Unreadable as error:
        yield _skipped(where, "", "", error), None


def take_all(file: IO[bytes], name: str, owner: User) -> Iterator[Outcome]:
    """Read and store one after the other."""
    for outcome, draft in drafts(file, name, owner.pk):
        yield store(outcome, draft, owner) if draft else outcome


def _draft(piece: Piece, name: str, owner: int) -> tuple[Outcome, Draft | None]:
    title = ""
    try:
        value = parse(piece.data)
        title = _title(value)
        draft = _read(value, owner)
    except Unreadable as error:
        return _skipped(name, piece.place, title, error), None
    found = Outcome(file=name, place=piece.place, title=title, outcome="imported", source=draft.source)
    return found, draft


def _read(value: Any, owner: int) -> Draft:
    if isinstance(value, dict):
        if chatgpt.is_chatgpt(value):
            return chatgpt.read(value, owner)
        if value.get("format") != FORMAT and openwebui.is_openwebui(value):
            return openwebui.read(value, owner)
        if "format" in value:
            found = transcript_of(value)
            return Draft(found, "", sum(len(message.attachments) for message in found.messages))
    raise Unreadable("", _("This is no conversation of this program, of ChatGPT or of Open WebUI."))


def _title(value: Any) -> str:
    inner = value.get("conversation", value.get("chat")) if isinstance(value, dict) else None
    for place in (inner, value):
        if isinstance(place, dict) and isinstance(place.get("title"), str):
            return clean_line(place["title"], _TITLE)
    return ""


def _skipped(name: str, place: str, title: str, error: Unreadable) -> Outcome:
    return Outcome(file=name, place=place, title=title, outcome="skipped", why=clean_line(str(error), 500))
