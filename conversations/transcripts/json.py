"""A transcript as JSON: the whole tree, lossless, one message a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import dumps

from conversations.transcripts.document import FORMAT, VERSION, TranscriptConversation, TranscriptMessage


def pieces(conversation: TranscriptConversation, messages: Iterable[TranscriptMessage]) -> Iterator[str]:
    """The document (`document.Transcript`), a message at a time."""
    yield f'{{"format":{dumps(FORMAT)},"version":{VERSION},"conversation":{conversation.model_dump_json()},"messages":['
    separator = "\n"
    for message in messages:
        yield separator + message.model_dump_json()
        separator = ",\n"
    yield "\n]}\n"
