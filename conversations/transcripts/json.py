"""A transcript as JSON: the whole tree, lossless, one message a line, its chain of hashes behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conversations.transcripts.chain.links import Chain, head_of
from conversations.transcripts.document import PLAIN, Edition, TranscriptConversation, TranscriptMessage


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[str]:
    """The document (`document.Transcript`), a message at a time."""
    head = head_of(conversation, edition)
    chain = Chain(head)
    yield f'{head[:-1]}, "messages":['
    separator = "\n"
    for message in messages:
        yield separator + chain.add(message)
        separator = ",\n"
    yield '\n],\n"chain":'
    yield from chain.pieces()
    yield "}\n"
