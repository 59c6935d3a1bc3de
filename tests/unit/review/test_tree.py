"""The tree that reviewers read: forks, ends, what was deleted, and a part of one that is too large to know whole."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import Conversation, Message, Role, User
from conversations.review import tree
from conversations.review.tree import Tree, outline, read
from tests.unit.review.doors import address

#  1 ─ 2 ─ 3 ─ 6
#      └── 4 ─ 5      7 (another root)
ROWS = [(1, None, False), (2, 1, False), (3, 2, False), (4, 2, False), (5, 4, False), (6, 3, False), (7, None, False)]


def test_paths_ends_and_forks() -> None:
    found = Tree(ROWS, is_cut=False)

    assert found.path(5) == [1, 2, 4, 5]
    assert found.ends() == [7, 6, 5]
    assert [found.fork_of(end) for end in found.ends()] == [(7, 1), (3, 2), (4, 2)]
    assert found.siblings(4) == [3, 4]
    assert found.siblings(1) == [1, 7]
    assert (found.end_below(2), found.end_below(4), found.end_below(None)) == (6, 5, 7)


def test_an_end_that_was_deleted_is_shown_only_where_nothing_else_is_left() -> None:
    gone = [(pk, parent, pk in (4, 5, 6, 7)) for pk, parent, _deleted in ROWS]
    found = Tree(gone, is_cut=False)

    assert (found.end_below(2), found.end_below(None)) == (3, 3)
    assert found.end_below(4) == 5


@pytest.fixture
def line(owner: User) -> Conversation:
    """Twelve messages, one below the other."""
    talk = Conversation.objects.create(owner=owner)
    above = None
    for number in range(12):
        above = Message.objects.create(conversation=talk, parent=above, role=Role.USER, content=f"line {number}.")
    talk.choose(above.pk if above else None)
    return talk


def test_of_a_huge_one_the_newest_are_known_or_those_up_to_a_message(
    line: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "NODES", 5)
    numbers = list(line.messages.order_by("pk").values_list("pk", flat=True))

    assert read(line).path(numbers[-1]) == numbers[-5:]
    assert read(line, numbers[6]).path(numbers[6]) == numbers[2:7]


def test_one_goes_up_a_huge_one_piece_by_piece(
    reading: Client, line: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "NODES", 5)
    numbers = list(line.messages.order_by("pk").values_list("pk", flat=True))

    last = reading.post(address(line), {"reason": "A complaint"}, follow=True).content.decode()
    assert f'href="?at={numbers[6]}"' in last
    assert "line 6." not in last
    above = reading.get(address(line), {"at": numbers[6]}).content.decode()
    assert "line 6." in above
    assert f'href="?at={numbers[1]}"' in above


def test_the_outline_says_how_each_branch_begins(talk: Conversation) -> None:
    branches = list(outline(read(talk)))

    assert [branch.beginning for branch in branches] == ["**Second** answer", "**First** answer"]
    Message.objects.filter(pk=branches[0].leaf).delete()
    assert not list(outline(read(talk)))
