"""The index follows the messages by itself, and a search finds in them what its asker may see."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Conversation, Message, Role, State, User
from conversations.models.message import RUNNING
from conversations.search import conversations as by_conversation
from conversations.search import finding, schema, search, search_conversations
from conversations.search.query import parse

pytestmark = [pytest.mark.django_db]

Say = Callable[..., Message]


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def talk(ada: User) -> Conversation:
    return Conversation.objects.create(owner=ada, title="Rivers")


@pytest.fixture
def say(talk: Conversation) -> Say:
    def said(content: str, **values: object) -> Message:
        return Message.objects.create(**{"conversation": talk, "role": Role.USER, "content": content, **values})

    return said


def found(text: str) -> list[int]:
    return [hit.message for hit in search(text, Message.objects.all()).hits]


def indexed() -> set[int]:
    """What the index itself says of a word that every message here has."""
    return set(finding.matches(parse("river"), 2**63 - 1, 1000))


def test_the_newest_come_first_with_a_snippet(say: Say, talk: Conversation) -> None:
    first, second = say("the river <b>bank</b>"), say("a RIVER again")
    say("nothing of it")

    hits = search("river", Message.objects.all()).hits

    assert [hit.message for hit in hits] == [second.pk, first.pk]
    assert hits[1].snippet == "the <mark>river</mark> &lt;b&gt;bank&lt;/b&gt;"
    assert (hits[0].conversation, hits[0].role, hits[0].is_trashed) == (talk.pk, "user", False)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("river mill", {"both"}),
        ('"old mill"', {"phrase"}),
        ("mill -old", {"both"}),
        ("mil*", {"both", "phrase"}),
        ("muller", {"name"}),
        ("Müller", {"name"}),
        ("example.com", {"address"}),
        ("nowhere", set()),
        ("", set()),
        ("-river", set()),
    ],
)
def test_words_phrases_exclusions_and_beginnings(say: Say, typed: str, expected: set[str]) -> None:
    rows = {
        say("the mill on the river").pk: "both",
        say("an old mill, an old bridge").pk: "phrase",
        say("Frau Müller").pk: "name",
        say("see https://example.com/a-b?c=1").pk: "address",
    }

    assert {rows[pk] for pk in found(typed)} == expected


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60, deadline=None
)
@given(typed=st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\"'*-()^:&|!<>\\{}+~ aä1")), max_size=40))
def test_whatever_is_typed_is_no_error(say: Say, typed: str) -> None:
    search(typed, Message.objects.all())
    finding.matches(parse(typed + " x"), 9, 9)


def test_a_reply_enters_the_index_when_it_ends(say: Say) -> None:
    reply = say("", role=Role.ASSISTANT, state=State.QUEUED)
    rows = Message.objects.filter(pk=reply.pk)
    for text in ("the river", "the river flows"):
        rows.update(state=State.STREAMING, content=text)
        assert indexed() == set()

    rows.update(state=State.STOPPED, content="the river flows")
    assert indexed() == {reply.pk}
    rows.update(content="the stream flows")  # its writer completes the text
    assert indexed() == set()
    rows.update(content="the river stands")
    rows.update(state=State.QUEUED)  # it is continued
    assert indexed() == set()
    rows.update(state=State.COMPLETE, content="the river is wide")
    assert indexed() == {reply.pk}
    assert found("flows") == []


def test_what_is_deleted_leaves_the_index(say: Say, talk: Conversation) -> None:
    say("river")
    kept = Message.objects.create(
        conversation=Conversation.objects.create(owner=talk.owner), role=Role.USER, content="river"
    )
    talk.delete()

    assert indexed() == {kept.pk}


def test_people_find_what_they_see_and_staff_what_was_deleted_too(say: Say, ada: User) -> None:
    seen, trashed = say("river one"), say("river two")
    trashed.trash()
    other = Conversation.objects.create(owner=User.objects.create_user("bob"))
    theirs = Message.objects.create(conversation=other, role=Role.USER, content="river three")

    assert [hit.message for hit in search("river", Message.objects.visible_to(ada)).hits] == [seen.pk]
    everything = {hit.message: hit.is_trashed for hit in search("river", Message.objects.all()).hits}
    assert everything == {seen.pk: False, trashed.pk: True, theirs.pk: False}
    seen.conversation.trash()
    assert search("river", Message.objects.visible_to(ada)).hits == []


@pytest.mark.parametrize("few", [0, 1000])
def test_pages_follow_each_other_both_ways_of_looking(
    say: Say, talk: Conversation, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    monkeypatch.setattr(finding, "_CHUNKS", (3, 4))
    wanted = [say("river").pk for _ in range(11)]
    for _ in range(9):
        say("elsewhere")
    before, pages = None, []
    while True:
        page = search("river", talk.messages.all(), 4, before)
        pages.append([hit.message for hit in page.hits])
        assert page.is_full
        if (before := page.before) is None:
            break

    assert [len(page) for page in pages] == [4, 4, 3]
    assert [pk for page in pages for pk in page] == sorted(wanted, reverse=True)


def test_it_stops_looking_and_says_so(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FEW", 0)
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 4)
    monkeypatch.setattr(finding, "_CHUNKS", (2,))
    oldest = say("river and a mill")
    for _ in range(8):
        say("river")

    wanted = Message.objects.filter(content__contains="mill")
    page = search("river", wanted)

    assert (page.hits, page.is_full) == ([], False)
    last = search("river", wanted, before=search("river", wanted, before=page.before).before)
    assert ([hit.message for hit in last.hits], last.before, last.is_full) == ([oldest.pk], None, True)
    assert found("mill") == [oldest.pk]


def test_a_text_of_any_length_is_taken(say: Say) -> None:
    random_words = random.Random(1)
    text = " ".join(f"{random_words.getrandbits(40):x}" for _ in range(200_000))

    say("river " + text)

    assert len(found("river")) == 1


def test_a_conversation_counts_its_messages(say: Say, talk: Conversation) -> None:
    rows = [say(f"{number}") for number in range(3)]
    Message.objects.bulk_create(Message(conversation=talk, role=Role.USER) for _ in range(2))
    rows[0].delete()

    talk.refresh_from_db()
    assert talk.size == 4


def test_messages_are_loaded_without_the_triggers(say: Say, talk: Conversation) -> None:
    before = say("river").pk
    with schema.paused(connection, before):
        loaded = say("river in bulk").pk
        say("river, being written", state=State.STREAMING)
        assert indexed() == {before}

    assert indexed() == {before, loaded}
    assert say("river again").pk in indexed()
    talk.refresh_from_db()
    assert talk.size == 2


def test_it_can_be_undone_and_made_again(say: Say) -> None:
    wanted = {say("river").pk}
    schema.remove(connection)
    schema.install(connection)
    schema.fill(connection)

    assert indexed() == wanted
    schema.install(connection)  # nothing is there twice
    wanted.add(say("river").pk)
    assert indexed() == wanted


def test_the_states_in_the_triggers_are_those_of_a_running_reply() -> None:
    states = ", ".join(f"'{state.value}'" for state in RUNNING)
    statements = "".join((*schema._SQLITE, schema._SQLITE_FILL, *schema._POSTGRESQL, schema._POSTGRESQL_FILL))

    assert statements.count("'queued'") == statements.count(f"IN ({states})") > 10


@pytest.mark.parametrize("few", [0, 100])
def test_conversations_are_found_once_each_over_all_pages(ada: User, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(by_conversation, "FEW", few)
    monkeypatch.setattr(finding, "_CHUNKS", (4,))
    talks = [Conversation.objects.create(owner=ada, title=f"{number}") for number in range(5)]
    for number in (0, 1, 2, 0, 3, 0, 0, 4, 1, 0, 0, 0, 0):
        Message.objects.create(conversation=talks[number], role=Role.USER, content=f"river {number}")
    Message.objects.create(conversation=Conversation.objects.create(owner=ada), role=Role.USER, content="a mill")
    before, pages = None, []
    while True:
        page = search_conversations("river", Conversation.objects.exclude(title="3"), 1, before)
        pages.append([int(Conversation.objects.get(pk=pk).title) for pk in page.hits])
        assert page.is_full
        if (before := page.before) is None:
            break

    assert [each for page in pages for each in page] == [0, 1, 4, 2]


def test_nothing_typed_finds_no_conversation(say: Say, talk: Conversation) -> None:
    say("river")

    assert search_conversations(" -river ", Conversation.objects.all(), 5).hits == {}
    assert search_conversations("river", Conversation.objects.all(), 5).hits[talk.pk][0].snippet
