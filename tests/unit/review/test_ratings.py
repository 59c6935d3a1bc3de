"""Thumbs: given, explained, changed and taken back by who asked, and by nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import Message, Rating, State
from conversations.review.ratings import thumbs_of
from tests.unit.views.people import answer, conversation_of, person, say


@pytest.fixture
def reply(db: None) -> Message:
    conversation = conversation_of(person("ada"))
    return answer(conversation, "Forty-two.", say(conversation, "What is it?"))


@pytest.fixture
def ada(reply: Message, client: Client) -> Client:
    client.force_login(reply.conversation.owner)
    return client


def address(message: Message) -> str:
    return f"/m/{message.pk}/rating/"


def test_a_thumb_is_kept_changed_and_taken_back(ada: Client, reply: Message) -> None:
    assert ada.post(address(reply), {"thumb": "up"}).status_code == 204
    assert thumbs_of(reply.conversation.owner_id, [reply]) == {reply.pk: "up"}
    assert ada.post(address(reply), {"thumb": "down", "reason": "harm", "comment": " Rude "}).status_code == 204
    kept = Rating.objects.get()
    assert (kept.value, kept.reason, kept.comment, kept.conversation_id) == (-1, "harm", "Rude", reply.conversation_id)
    assert ada.post(address(reply), {"thumb": ""}).status_code == 204
    assert not Rating.objects.exists()


def test_the_page_shows_the_thumb(ada: Client, reply: Message) -> None:
    before = ada.get(f"/c/{reply.conversation_id}/").content.decode()
    assert 'aria-pressed="true"' not in before
    ada.post(address(reply), {"thumb": "down"})
    page = ada.get(f"/c/{reply.conversation_id}/").content.decode()
    assert 'data-thumb="down" aria-pressed="true"' in page
    assert 'data-thumb="up" aria-pressed="false"' in page


def test_the_form_comes_back_with_what_was_said(ada: Client, reply: Message) -> None:
    ada.post(address(reply), {"thumb": "down", "reason": "length", "comment": "<b>Long</b>"})
    form = ada.get(address(reply)).content.decode()
    assert 'value="length" checked' in form
    assert "&lt;b&gt;Long&lt;/b&gt;" in form


def test_a_thumb_up_is_not_asked_what_was_bad(ada: Client, reply: Message) -> None:
    good, bad = (ada.get(address(reply), {"thumb": thumb}).content.decode() for thumb in ("up", "down"))
    assert 'value="style"' in good
    assert 'value="harm"' not in good
    assert 'value="harm"' in bad


def test_a_long_comment_is_refused_and_kept_in_the_form(ada: Client, reply: Message) -> None:
    answer = ada.post(address(reply), {"thumb": "up", "comment": "x" * 2001})
    assert answer.status_code == 422
    assert "2000" in answer.content.decode()
    assert "x" * 2001 in answer.content.decode()
    assert not Rating.objects.exists()


@pytest.mark.parametrize("values", [{"thumb": "sideways"}, {"thumb": "up", "reason": "spite"}])
def test_what_nobody_offers_is_refused(ada: Client, reply: Message, values: dict[str, str]) -> None:
    assert ada.post(address(reply), values).status_code == 422
    assert not Rating.objects.exists()


def test_only_finished_replies_are_rated(ada: Client, reply: Message) -> None:
    running = answer(reply.conversation, "", say(reply.conversation, "More", reply), state=State.STREAMING)
    question = reply.parent
    assert question is not None
    assert ada.post(address(running), {"thumb": "up"}).status_code == 409
    assert ada.post(address(question), {"thumb": "up"}).status_code == 409


def test_a_stranger_finds_nothing(reply: Message, client: Client) -> None:
    client.force_login(person("eve"))
    assert client.post(address(reply), {"thumb": "up"}).status_code == 404
    assert client.get(address(reply)).status_code == 404
