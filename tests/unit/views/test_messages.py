"""Branches, deleting with what hangs below, source and details of a message."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import Message, State, User
from tests.unit.views.people import answer, conversation_of, person, say, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def test_showing_a_sibling_goes_down_to_its_newest_end(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    asked = say(conversation, "Why?")
    first = answer(conversation, "One", asked)
    end = answer(conversation, "Deep", say(conversation, "More", first))
    second = answer(conversation, "Two", asked)
    answered = client.post(f"/m/{first.pk}/show/")
    shown = [article.message.pk for article in answered.context["page"].articles]
    assert shown[-1] == end.pk
    assert second.pk not in shown
    assert f'data-leaf="{end.pk}"' in answered.text
    conversation.refresh_from_db()
    assert conversation.leaf_id == end.pk


def test_deleting_takes_what_hangs_below_and_restoring_brings_it_back(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    messages = talk(conversation, 6)
    answered = client.post(f"/m/{messages[2].pk}/delete/")
    assert [article.message.pk for article in answered.context["page"].articles] == [m.pk for m in messages[:2]]
    assert client.post(f"/m/{messages[2].pk}/delete/").status_code == 404
    answered = client.post(f"/m/{messages[2].pk}/restore/")
    assert [article.message.pk for article in answered.context["page"].articles] == [m.pk for m in messages]


def test_deleting_the_first_message_empties_the_path(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    messages = talk(conversation, 2)
    answered = client.post(f"/m/{messages[0].pk}/delete/")
    assert answered.context["page"].is_empty
    assert 'data-leaf=""' in answered.text


def test_deleting_ends_a_reply_that_is_being_written(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    asked = say(conversation, "Why?")
    reply = answer(conversation, "Half", asked, State.STREAMING)
    client.post(f"/m/{asked.pk}/delete/")
    assert Message.objects.get(pk=reply.pk).state == State.STOPPED


def test_the_source_is_the_text_as_written(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    reply = answer(conversation, "# Not *HTML* <b>", say(conversation, "Why?"))
    answered = client.get(f"/m/{reply.pk}/source/")
    assert answered.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answered.text == "# Not *HTML* <b>"


def test_the_details_name_figures_and_provenance(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    reply = answer(
        conversation,
        "Because.",
        say(conversation, "Why?"),
        metrics={"reply_tokens": 1298, "tokens_per_second": 69.5, "total_ms": 4512, "runs": 2},
        provenance={"messages": 1, "options": {"temperature": 0.0, "stop": ["<END>"]}, "digest": "sha256:abc"},
    )
    page = client.get(f"/m/{reply.pk}/details/").text
    for words in ("1,298", "69.5 tokens/s", "4.512 s", "sha256:abc", "temperature", "&lt;END&gt;", "2 runs"):
        assert words in page
    for shown in (page, client.get(f"/m/{reply.pk}/sent/").text):
        assert ">0</dd>" in shown
    assert "First token after" not in page


@pytest.mark.parametrize("action", ["show", "delete", "restore", "source", "details"])
def test_a_stranger_sees_and_changes_nothing(client: Client, ada: User, action: str) -> None:
    foreign = conversation_of(person("bob"))
    message = say(foreign, "secret")
    method = client.get if action in ("source", "details") else client.post
    answered = method(f"/m/{message.pk}/{action}/")
    assert answered.status_code == 404
    assert "secret" not in answered.text
    assert Message.objects.get(pk=message.pk).trashed_at is None


def test_a_message_of_a_deleted_conversation_stays_where_it_is(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    message = say(conversation, "Why?")
    assert client.get(f"/m/{message.pk}/source/").status_code == 200
    message.trash()
    conversation.trash()
    assert client.post(f"/m/{message.pk}/restore/").status_code == 404
