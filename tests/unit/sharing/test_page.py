"""The page behind a shared link: what it shows of a conversation, to whom, and that all that is gone answers alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.keeping.removing import remove
from conversations.keeping.trash import Trash
from conversations.models import Attachment, Conversation, Message, Role, Share, SiteSettings, State, User
from conversations.views.sharing import page
from tests.unit.views.people import answer, conversation_of, person, say, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return person("ada")


@pytest.fixture
def bob(client: Client) -> User:
    """Who reads, signed in."""
    user = person("bob")
    client.force_login(user)
    return user


def share(conversation: Conversation) -> Share:
    return Share.objects.make(conversation)


def address(share: Share) -> str:
    return f"/s/{share.token}/"


def let(sharing: str) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(sharing=sharing)


def pumps(ada: User) -> tuple[Conversation, Message]:
    conversation = conversation_of(ada, "Pumps <b>", system_prompt="Speak like a secret pirate")
    question = say(conversation, "How does *it* work?")
    other = answer(conversation, "Not the chosen one", question)
    reply = answer(conversation, "It **moves** heat <script>alert(1)</script>", question, thinking="A hidden thought")
    assert other.pk != conversation.leaf_id
    return conversation, reply


def test_it_shows_the_chosen_path_rendered_and_nothing_that_is_its_owners(client: Client, ada: User, bob: User) -> None:
    conversation, _reply = pumps(ada)
    text = client.get(address(share(conversation))).text

    assert '<h1 dir="auto">Pumps &lt;b&gt;</h1>' in text
    assert "How does *it* work?" in text
    assert "<strong>moves</strong> heat &lt;script&gt;" in text
    assert "llama3.2" in text
    for hidden in ("Not the chosen one", "hidden thought", "secret pirate", "ada", "bob", "<script>"):
        assert hidden not in text


def test_nothing_lists_it_keeps_it_or_learns_where_one_came_from(client: Client, ada: User, bob: User) -> None:
    conversation, _reply = pumps(ada)
    found = client.get(address(share(conversation)))
    gone = client.get("/s/unknown/")

    for answered in (found, gone):
        assert answered["X-Robots-Tag"] == "noindex, nofollow"
        assert answered["Referrer-Policy"] == "no-referrer"
        assert {"private", "no-store"} <= set(answered["Cache-Control"].split(", "))
    assert '<meta name="robots" content="noindex, nofollow">' in found.text
    assert "form-action 'none'" in found["Content-Security-Policy"]


def test_what_comes_after_it_was_made_is_shown_once_it_is_updated(client: Client, ada: User, bob: User) -> None:
    conversation, reply = pumps(ada)
    link = share(conversation)
    more = say(conversation, "And in winter?", reply)
    conversation.rename("Another name")
    assert link.is_behind
    before = client.get(address(link)).text
    assert ("And in winter?" in before, "Another name" in before) == (False, False)

    found = Share.objects.get(pk=link.pk)
    found.renew()

    after = client.get(address(link)).text
    assert ("And in winter?" in after, "Another name" in after) == (True, True)
    assert (found.leaf_id, found.is_behind) == (more.pk, False)


@pytest.mark.parametrize("state", [State.STREAMING, State.COMPLETE])
def test_a_reply_that_is_continued_is_shown_as_far_as_it_was(
    client: Client, ada: User, bob: User, state: State
) -> None:
    conversation = conversation_of(ada)
    reply = answer(conversation, "So far", say(conversation, "Go"), State.STOPPED)
    link = share(conversation)
    Message.objects.filter(pk=reply.pk).update(content="So far, and what came later", state=state)

    text = client.get(address(link)).text

    assert ("So far" in text, "what came later" in text, "This reply is unfinished." in text) == (True, False, True)
    assert Message.objects.get(pk=reply.pk).content.endswith("later")


def test_a_systems_words_files_and_calls_of_tools_are_not_given_away(client: Client, ada: User, bob: User) -> None:
    conversation = conversation_of(ada)
    system = Message.objects.create(conversation=conversation, role=Role.SYSTEM, content="Obey the pirate")
    question = say(conversation, "What is in it?", system)
    Message.objects.filter(pk=question.pk).update(attached=1)
    Attachment.objects.create(
        owner=ada, message=question, kind="text", name="plan <1>.txt", media_type="text/plain", size=3, text="Dig here",
        stored_name="x",
    )  # fmt: skip
    call = Message.objects.create(
        conversation=conversation, parent=question, role=Role.TOOL, tool_name="calculator", content="result 42",
        provenance={"arguments": {"term": "6*7"}},
    )  # fmt: skip
    answer(conversation, "Many words", call)

    text = client.get(address(share(conversation))).text

    assert "plan &lt;1&gt;.txt" in text
    assert "Calculator" in text
    for hidden in ("Obey", "Dig here", "/attachments/", "result 42", "6*7"):
        assert hidden not in text


def test_a_long_one_comes_in_pages(client: Client, ada: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", 4)
    conversation = conversation_of(ada)
    talk(conversation, 6)
    link = share(conversation)

    first, second = (client.get(address(link), {"page": number}).text for number in (1, 2))

    assert ("Question 2" in first, "Question 4" in first, "Later messages" in first) == (True, False, True)
    assert ("Question 2" in second, "Question 4" in second, "Earlier messages" in second) == (False, True, True)


def test_members_sign_in_first_and_come_back(client: Client, ada: User) -> None:
    conversation, _reply = pumps(ada)
    link = share(conversation)
    for path in (address(link), "/s/unknown/"):
        answered = client.get(path)
        assert (answered.status_code, answered["Location"]) == (302, f"/accounts/login/?next={path}")
    client.force_login(User.objects.create_user("eve", password="a long enough one", is_approved=False))
    assert client.get(address(link))["Location"] == "/waiting/"


def test_anyone_reads_it_without_an_account_where_the_site_says_so(client: Client, ada: User) -> None:
    conversation, _reply = pumps(ada)
    let("anyone")
    answered = client.get(address(share(conversation)))
    assert (answered.status_code, "moves" in answered.text) == (200, True)


def test_switched_off_there_are_no_links_for_anybody(client: Client, ada: User, bob: User) -> None:
    conversation, _reply = pumps(ada)
    link = share(conversation)
    let("off")
    assert client.get(address(link)).status_code == 404
    client.logout()
    assert client.get(address(link)).status_code == 404


def _stopped(link: Share) -> None:
    link.stop("ada")


def _expired(link: Share) -> None:
    Share.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def _trashed(link: Share) -> None:
    link.conversation.trash()


def _purged(link: Share) -> None:
    link.conversation.trash()
    Conversation.objects.update(purged_at=timezone.now())
    for _step in remove(link.conversation.pk):
        pass


def _message_deleted(link: Share) -> None:
    Message.objects.get(pk=link.numbers[0]).trash()


def _branch_deleted_for_good(link: Share) -> None:
    Message.objects.get(pk=link.numbers[1]).trash()
    Trash(link.conversation.owner).delete_branch(link.numbers[1])


def _owner_locked_out(link: Share) -> None:
    User.objects.filter(pk=link.conversation.owner_id).update(is_active=False)


GONE: list[Callable[[Share], None]] = [
    *(_stopped, _expired, _trashed, _purged, _message_deleted, _branch_deleted_for_good, _owner_locked_out),
]


@pytest.mark.parametrize("happens", GONE, ids=lambda each: each.__name__.strip("_"))
def test_what_is_gone_is_as_unknown_as_what_never_was(
    client: Client, ada: User, bob: User, happens: Callable[[Share], None]
) -> None:
    conversation, _reply = pumps(ada)
    link = share(conversation)
    path = address(link)
    assert client.get(path).status_code == 200
    happens(link)

    answered, never = client.get(path), client.get(f"/s/{'A' * 32}/")

    assert (answered.status_code, never.status_code) == (404, 404)
    assert answered.content == never.content
    one, other = ({**each.headers, "Expires": "now"} for each in (answered, never))
    assert one == other


def test_a_link_that_is_stopped_while_somebody_reads_is_gone_with_the_next_load(
    client: Client, ada: User, bob: User
) -> None:
    link = share(pumps(ada)[0])
    assert client.get(address(link)).status_code == 200
    assert Share.objects.get(pk=link.pk).stop("ada")
    answered = client.get(address(link))
    assert (answered.status_code, "This is not here" in answered.text) == (404, True)
    assert Share.objects.get(pk=link.pk).resume("ada")
    assert client.get(address(link)).status_code == 200


def test_what_comes_back_from_the_trash_is_read_again(client: Client, ada: User, bob: User) -> None:
    conversation, _reply = pumps(ada)
    link = share(conversation)
    conversation.trash()
    assert client.get(address(link)).status_code == 404
    conversation.restore()
    assert client.get(address(link)).status_code == 200


def test_guessing_is_limited_by_address_and_then_even_the_right_one_waits(
    client: Client, ada: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "GUESSES", {"share": "3/3m/ip"})
    link = share(pumps(ada)[0])
    assert [client.get(f"/s/guess-{number}/").status_code for number in range(4)] == [404, 404, 404, 429]

    answered = client.get(address(link))
    assert (answered.status_code, "Retry-After" in answered, "moves" in answered.text) == (429, True, False)
    assert client.get(address(link), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_reading_is_not_guessing(client: Client, ada: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "GUESSES", {"share": "1/3m/ip"})
    link = share(pumps(ada)[0])
    assert {client.get(address(link)).status_code for _time in range(3)} == {200}


def test_nothing_can_be_sent_to_it(client: Client, ada: User, bob: User) -> None:
    assert client.post(address(share(pumps(ada)[0]))).status_code == 405


def test_the_database_holds_no_token(ada: User) -> None:
    link = share(pumps(ada)[0])
    assert link.token
    assert re.fullmatch(r"[\w-]{32}", link.token)
    row = Share.objects.filter(pk=link.pk).values().get()
    assert link.token not in str(row)
