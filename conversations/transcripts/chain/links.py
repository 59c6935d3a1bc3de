"""The chain as it is written: link by link while the messages pass, and its end for the formats that only name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from json import dumps, loads
from typing import Any

from conversations.transcripts.chain import keys
from conversations.transcripts.chain.verify import HASHES, SIGNATURES, first_link, next_link
from conversations.transcripts.document import FORMAT, VERSION, Edition, TranscriptConversation, TranscriptMessage

_AT_ONCE = 500
_LENGTH = 32


class Chain:
    """Costs a number and 32 bytes a message."""

    def __init__(self, head: str) -> None:
        self._head = self._last = first_link(loads(head))
        self._numbers: list[int] = []
        self._links = bytearray()

    def add(self, message: TranscriptMessage) -> str:
        """The message as it is written, and a link longer."""
        text = message.model_dump_json()
        self._last = next_link(self._last, loads(text))
        self._numbers.append(message.id)
        self._links += self._last
        return text

    @property
    def last(self) -> str:
        """The link that stands for everything before it, hexadecimal."""
        return self._last.hex()

    def pieces(self) -> Iterator[str]:
        """The chain with its signature (`document.TranscriptChain`)."""
        yield f'{{"algorithm":{dumps(HASHES)},"head":"{self._head.hex()}","links":['
        separator, pairs = "\n", self._pairs()
        while some := ",".join(islice(pairs, _AT_ONCE)):
            yield separator + some
            separator = ",\n"
        signature = {"algorithm": SIGNATURES, "key": keys.public_key(), "value": keys.sign(self._last)}
        yield f'\n],"signature":{dumps(signature)}}}'

    def _pairs(self) -> Iterator[str]:
        for place, number in enumerate(self._numbers):
            link = self._links[place * _LENGTH : (place + 1) * _LENGTH]
            yield f'[{number},"{link.hex()}"]'


def head_of(conversation: TranscriptConversation, edition: Edition) -> str:
    """A transcript without its messages and its chain: a whole JSON object."""
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION, "redacted": list(edition.redacted)}
    return f'{dumps(head)[:-1]}, "conversation": {conversation.model_dump_json()}}}'


def last_link(conversation: TranscriptConversation, tree: Iterable[TranscriptMessage], edition: Edition) -> str:
    """The end of the chain over the whole tree, hexadecimal: what the JSON transcript of it ends with."""
    link = first_link(loads(head_of(conversation, edition)))
    for message in tree:
        link = next_link(link, loads(message.model_dump_json()))
    return link.hex()
