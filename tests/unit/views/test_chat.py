"""The chat page and the path's fragments: what they show, and to whom."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from conversations.models import State, User
from tests.unit.views.people import answer, conversation_of, person, say, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada"))
    return client


def owner() -> User:
    return User.objects.get(username="ada")


def test_a_new_page_has_a_fresh_conversation_and_stores_nothing(ada: Client) -> None:
    first, second = ada.get("/"), ada.get("/")
    ids = [
        re.search(r'<body[^>]* data-conversation="([0-9a-f-]{36})" data-new>', page.text) for page in (first, second)
    ]
    assert ids[0]
    assert ids[1]
    assert ids[0][1] != ids[1][1]
    assert owner().conversations.count() == 0


def test_the_page_carries_the_words_for_every_fault_and_the_backends(ada: Client) -> None:
    page = ada.get("/").text
    faults = re.search(r'<script id="faults" type="application/json">(.*?)</script>', page)
    backends = re.search(r'<script id="backends" type="application/json">(.*?)</script>', page)
    assert faults
    assert "upstream_down" in json.loads(faults[1])
    assert backends
    assert {"ollama", "eliza"} <= {backend["name"] for backend in json.loads(backends[1])}


def test_the_page_has_nothing_inline(ada: Client) -> None:
    conversation = conversation_of(owner())
    talk(conversation, 4)
    page = ada.get(f"/c/{conversation.pk}/").text
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style", page)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


def test_what_people_and_models_wrote_is_escaped(ada: Client) -> None:
    evil = '"><script>alert(1)</script>'
    conversation = conversation_of(owner(), title=evil)
    asked = say(conversation, evil)
    answer(conversation, evil, asked, State.FAILED, model_name=evil, error_code="internal", error_detail=evil)
    page = ada.get(f"/c/{conversation.pk}/").text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 4


def test_a_stranger_and_an_unknown_conversation_look_alike(ada: Client) -> None:
    foreign = conversation_of(person("bob"))
    assert ada.get(f"/c/{foreign.pk}/").status_code == 404
    assert ada.get(f"/c/{uuid4()}/").status_code == 404
    assert ada.get(f"/c/{foreign.pk}/path/").status_code == 404


def test_a_deleted_conversation_is_not_shown(ada: Client) -> None:
    conversation = conversation_of(owner())
    assert ada.get(f"/c/{conversation.pk}/").status_code == 200
    conversation.trash()
    assert ada.get(f"/c/{conversation.pk}/").status_code == 404


def test_somebody_signed_out_is_led_to_the_sign_in(ada: Client, client: Client) -> None:
    client.logout()
    assert client.get("/").headers["Location"].startswith("/accounts/login/")
    assert client.get("/", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401


def test_the_page_shows_the_last_forty_messages_and_the_path_gives_the_rest(ada: Client) -> None:
    conversation = conversation_of(owner())
    messages = talk(conversation, 90)
    page = ada.get(f"/c/{conversation.pk}/").context["page"]
    assert [article.message.pk for article in page.articles] == [message.pk for message in messages[50:]]
    older = ada.get(f"/c/{conversation.pk}/path/", {"before": page.before}).context["page"]
    assert [article.message.pk for article in older.articles] == [message.pk for message in messages[10:50]]
    oldest = ada.get(f"/c/{conversation.pk}/path/", {"before": older.before})
    assert 'data-before=""' in oldest.text
    assert oldest.text.count("<article") == 10


def test_a_path_before_a_foreign_message_is_unknown(ada: Client) -> None:
    mine, foreign = conversation_of(owner()), conversation_of(person("bob"))
    message = say(foreign, "secret")
    for before in (str(message.pk), "x", "-1", "9" * 30):
        assert ada.get(f"/c/{mine.pk}/path/", {"before": before}).status_code == 404


def test_only_the_chosen_branch_is_shown_with_its_siblings(ada: Client) -> None:
    conversation = conversation_of(owner())
    asked = say(conversation, "Why?")
    first, second = answer(conversation, "One", asked), answer(conversation, "Two", asked)
    page = ada.get(f"/c/{conversation.pk}/").text
    shown = page[: page.index("<template")]
    assert f'data-message="{second.pk}"' in shown
    assert f'data-message="{first.pk}"' not in shown
    assert f'data-siblings="{first.pk},{second.pk}"' in shown
    assert "2/2" in shown


@pytest.mark.parametrize(
    ("state", "values", "seen"),
    [
        (State.QUEUED, {}, ["waiting"]),
        (State.STREAMING, {}, ["waiting"]),
        (State.COMPLETE, {}, []),
        (State.COMPLETE, {"reason": "length"}, ["seam"]),
        (State.STOPPED, {}, ["seam"]),
        (State.INTERRUPTED, {}, ["seam"]),
        (State.FAILED, {"error_code": "upstream_down"}, ["error"]),
    ],
)
def test_each_state_shows_what_it_needs(ada: Client, state: str, values: dict[str, str], seen: list[str]) -> None:
    conversation = conversation_of(owner())
    answer(conversation, "Text", say(conversation, "Why?"), state, **values)
    page = ada.get(f"/c/{conversation.pk}/path/").text
    shown = [name for name in ("waiting", "error", "seam") if re.search(rf'data-slot="{name}">', page)]
    assert shown == seen


@pytest.mark.parametrize(
    ("text", "values", "is_told"),
    [
        ("", {}, True),
        (" \n", {"thinking": "Hm."}, True),
        ("Text", {}, False),
        ("", {"reason": "length"}, False),
        ("", {"tool_calls": [{"id": "1", "name": "clock", "arguments": {}}]}, False),
    ],
)
def test_an_answer_of_nothing_says_so(ada: Client, text: str, values: dict[str, Any], is_told: bool) -> None:
    conversation = conversation_of(owner())
    answer(conversation, text, say(conversation, "Why?"), **values)
    page = ada.get(f"/c/{conversation.pk}/path/").text
    assert (" data-empty" in page) is is_told


def test_the_reply_is_readable_without_a_script(ada: Client) -> None:
    conversation = conversation_of(owner())
    talk(conversation, 2)
    assert "<strong>1</strong>" in ada.get(f"/c/{conversation.pk}/").text


def test_a_new_chat_starts_with_the_last_model_while_it_is_there(ada: Client) -> None:
    conversation_of(owner(), backend_name="eliza", model_name="eliza")
    assert ada.get("/").context["picker"].chosen == "eliza/eliza"
    conversation_of(owner(), backend_name="ollama", model_name="gone")
    assert ada.get("/").context["picker"].chosen == "eliza/eliza"


def test_a_conversation_keeps_its_model_while_that_is_away(ada: Client) -> None:
    conversation = conversation_of(owner(), backend_name="ollama", model_name="gone:1b")
    page = ada.get(f"/c/{conversation.pk}/")
    assert page.context["picker"].chosen == "ollama/gone:1b"
    assert re.search(r'<option value="ollama/gone:1b"[^>]* selected>', page.text)
