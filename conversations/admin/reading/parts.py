"""A part of a path as the reading page shows it: at most PART messages, so that no conversation is too long."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from conversations.admin.reading.gate import is_number
from conversations.admin.reading.turns import Turn
from conversations.models import Conversation
from conversations.review.people import People
from conversations.review.tree import Branch, Tree, outline, read
from conversations.uploads.showing import with_files

PART = 100


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`-th part (from 1) of `count`; `leaf` names the path, `total` is its length.

    `above` is the message before the first known one of a conversation with too many messages to know them all.
    """

    turns: list[Turn]
    number: int
    count: int
    total: int
    leaf: int | None
    above: int | None
    is_whole: bool
    branches: list[Branch]

    @property
    def numbers(self) -> range:
        """All parts."""
        return range(1, self.count + 1)

    @property
    def following(self) -> int | None:
        """The part after this."""
        return self.number + 1 if self.number < self.count else None

    @property
    def preceding(self) -> int | None:
        """The part before this."""
        return self.number - 1 if self.number > 1 else None


def part_of(conversation: Conversation, people: People, asked: dict[str, str]) -> Part:
    """What `asked` names: `branch` ends its path below that message, `at` shows a message, `part` is by number.

    Raises Http404 for a message that is not the conversation's, and for a part that there is none of.
    """
    numbers = {name: _number(asked.get(name, "")) for name in ("at", "branch", "part")}
    wanted = numbers["branch"] or numbers["at"]
    tree = read(conversation, wanted or conversation.leaf_id)
    if wanted and wanted not in tree:
        raise Http404
    path = _path(tree, conversation, wanted)
    count = max(1, -(-len(path) // PART))
    number = numbers["part"] or _part_with(path, numbers["at"] or numbers["branch"])
    if number > count:
        raise Http404
    first = (number - 1) * PART
    turns = _turns(conversation, tree, people, path[first : first + PART], first)
    above = tree.parents[path[0]] if path else None
    return Part(
        turns, number, count, len(path), path[-1] if path else None, above, not tree.is_cut, list(outline(tree))
    )


def _path(tree: Tree, conversation: Conversation, wanted: int | None) -> list[int]:
    """The path through `wanted`: the chosen one when that goes through it, else to its newest end."""
    chosen = tree.path(conversation.leaf_id)
    if wanted is not None and wanted not in chosen:
        return tree.path(tree.end_below(wanted))
    return chosen or tree.path(tree.end_below(None))


def _part_with(path: list[int], number: int | None) -> int:
    return path.index(number) // PART + 1 if number in path else 1


def _turns(conversation: Conversation, tree: Tree, people: People, shown: list[int], first: int) -> list[Turn]:
    rows = conversation.messages.filter(pk__in=shown).select_related("sender").defer("logprobs").order_by("pk")
    messages = list(rows)
    with_files(messages)
    for message in messages:
        message.conversation = conversation
    return [
        Turn(message, place, tree.siblings(message.pk), people, message.pk in tree.deleted)
        for place, message in enumerate(messages, start=first + 1)
    ]


def _number(text: str) -> int | None:
    if not text:
        return None
    if not is_number(text):
        raise Http404
    return int(text)
