"""The whole tree of a conversation, what its owner deleted too: its paths, its forks and where each branch ends.

Only numbers are read here, and at most NODES of them: of a larger conversation the newest up to the one that is asked
for. Texts are read for what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models.functions import Left

from conversations.models import Conversation, Message
from conversations.text import clean_line

NODES = 20_000
BRANCHES = 50
_EXCERPT = 120


@dataclass(frozen=True, slots=True)
class Branch:
    """A path by its end: where it parts from the others (`fork`), its length from there, and how it begins."""

    fork: int
    leaf: int
    length: int
    is_deleted: bool
    beginning: str


class Tree:
    """Numbers, parents and children; a parent's number is smaller than its children's."""

    def __init__(self, rows: Sequence[tuple[int, int | None, bool]], *, is_cut: bool) -> None:
        """`rows` are number, parent and whether it was deleted, in the order of the numbers."""
        self.is_cut = is_cut
        self.parents = {pk: parent for pk, parent, _deleted in rows}
        self.deleted = {pk for pk, _parent, deleted in rows if deleted}
        self._children: dict[int | None, list[int]] = {}
        for pk, parent, _deleted in rows:
            self._children.setdefault(parent, []).append(pk)

    def __contains__(self, pk: int | None) -> bool:
        return pk in self.parents

    def siblings(self, pk: int) -> list[int]:
        """All with the same parent, oldest first, itself included."""
        return self._children[self.parents[pk]]

    def path(self, leaf: int | None) -> list[int]:
        """From the first known message down to `leaf`."""
        found = []
        while leaf is not None and leaf in self:
            found.append(leaf)
            leaf = self.parents[leaf]
        return found[::-1]

    def end_below(self, top: int | None) -> int | None:
        """The newest end below `top` (None: of all), among what was not deleted as long as there is such."""
        reach = {top}
        end = last = top
        for pk, parent in self.parents.items():
            if parent in reach:
                reach.add(pk)
                last = pk
                if pk not in self.deleted:
                    end = pk
        return last if end is None or end in self.deleted else end

    def ends(self) -> list[int]:
        """The last message of each branch, newest first."""
        return [pk for pk in reversed(self.parents) if pk not in self._children]

    def fork_of(self, leaf: int) -> tuple[int, int]:
        """The message with which the branch of `leaf` parts from its siblings (or begins), and how many are below."""
        length, pk = 1, leaf
        while len(self.siblings(pk)) == 1 and (parent := self.parents[pk]) in self:
            assert parent is not None
            length, pk = length + 1, parent
        return pk, length


def read(conversation: Conversation, wanted: int | None = None) -> Tree:
    """The tree, so that `wanted` is in it if it is the conversation's."""
    tree = _read(conversation, None)
    return _read(conversation, wanted) if tree.is_cut and wanted is not None and wanted not in tree else tree


def outline(tree: Tree) -> Iterator[Branch]:
    """The branches, newest first, at most BRANCHES; nothing where nothing branches."""
    ends = tree.ends()[:BRANCHES]
    if len(ends) < 2:
        return
    forks = {leaf: tree.fork_of(leaf) for leaf in ends}
    rows = Message.objects.filter(pk__in=[fork for fork, _length in forks.values()])
    texts: dict[int, str] = dict(rows.annotate(start=Left("content", _EXCERPT * 2)).values_list("pk", "start"))
    for leaf, (fork, length) in forks.items():
        beginning = clean_line(texts.get(fork, ""), _EXCERPT)
        yield Branch(fork, leaf, length, fork in tree.deleted, beginning)


def _read(conversation: Conversation, most: int | None) -> Tree:
    rows = conversation.messages.order_by("-pk")
    if most is not None:
        rows = rows.filter(pk__lte=most)
    found = list(rows.values_list("pk", "parent_id", "trashed_at")[: NODES + 1])
    kept = [(pk, parent, trashed is not None) for pk, parent, trashed in found[:NODES]][::-1]
    return Tree(kept, is_cut=len(found) > NODES)
