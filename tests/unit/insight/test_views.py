"""The pages that tell how a reply came about: what they show, and to whom."""

from __future__ import annotations

import math
from typing import Any

import pytest
from django.test import Client

from conversations.generation.insight.contexts import contexts
from conversations.ids import uuid7
from conversations.models import Conversation, Message, User
from tests.unit.views.people import answer, conversation_of, person, say, talk

pytestmark = pytest.mark.django_db
FORMAT: dict[str, Any] = {"kind": "schema", "wrong": []}


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def structured(conversation: Conversation, text: str, wrong: list[dict[str, Any]] | None = None) -> Message:
    asked = say(conversation, "In a form")
    wanted = {"type": "object", "properties": {"n": {"title": "Number"}}}
    return answer(
        conversation,
        text,
        asked,
        metrics={"format": {"kind": "schema", "wrong": wrong or []}},
        provenance={"format": wanted},
    )


@pytest.mark.parametrize("page", ["details", "sent", "answer", "confidence"])
def test_a_stranger_learns_nothing_of_a_reply(client: Client, ada: User, page: str) -> None:
    reply = structured(conversation_of(person("bob")), '{"n": "secret"}')
    answered = client.get(f"/m/{reply.pk}/{page}/")
    assert answered.status_code == 404
    assert "secret" not in answered.text


@pytest.mark.parametrize("page", ["context", "format"])
def test_a_stranger_learns_nothing_of_a_conversation(client: Client, ada: User, page: str) -> None:
    foreign = conversation_of(person("bob"), response_format={"title": "secret"})
    for answered in (client.get(f"/c/{foreign.pk}/{page}/"), client.post(f"/c/{foreign.pk}/{page}/", {"kind": ""})):
        assert answered.status_code in (404, 405)
        assert "secret" not in answered.text
    foreign.refresh_from_db()
    assert foreign.response_format == {"title": "secret"}


def test_an_old_reply_says_that_nothing_was_written_down(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    reply = answer(conversation, "Because.", say(conversation, "Why?"))
    assert "was not written down" in client.get(f"/m/{reply.pk}/sent/").text
    assert "Run again exactly" not in client.get(f"/m/{reply.pk}/details/").text


def test_what_was_sent_is_escaped(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    asked = say(conversation, "<script>alert(1)</script>")
    reply = answer(conversation, "No.", asked, provenance={"messages": 1, "system_prompt": "<b>"})
    page = client.get(f"/m/{reply.pk}/sent/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;" in page


def test_a_question_is_no_reply(client: Client, ada: User) -> None:
    assert client.get(f"/m/{say(conversation_of(ada), 'Why?').pk}/sent/").status_code == 404


# Answers in a form


def test_the_form_stands_in_the_transcript(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    structured(conversation, '{"n": 7, "rows": [{"a": 1, "b": 2}]}')
    page = client.get(f"/c/{conversation.pk}/").text
    assert "Fits the schema" in page
    assert ">Number</dt>" in page
    assert '<th scope="col" dir="auto">A</th>' in page


def test_what_is_wrong_is_said_with_its_place(client: Client, ada: User) -> None:
    wrong = [{"path": ["rows", 0, "a"], "keyword": "type", "wanted": "string", "text": "1 is not of type 'string'"}]
    reply = structured(conversation_of(ada), '{"n": 7}', wrong)
    page = client.get(f"/m/{reply.pk}/answer/").text
    assert "<code>rows[0].a</code>" in page
    assert "Has to be a text." in page


def test_an_answer_that_is_no_json_is_shown_raw(client: Client, ada: User) -> None:
    wrong = [{"path": [], "keyword": "syntax", "wanted": "1:1", "text": "Expecting value"}]
    reply = structured(conversation_of(ada), "Sure! <b>", wrong)
    page = client.get(f"/m/{reply.pk}/answer/").text
    assert '<details class="raw" open>' in page
    assert "Sure! &lt;b&gt;" in page


def test_a_free_text_has_no_form(client: Client, ada: User) -> None:
    reply = talk(conversation_of(ada), 2)[1]
    assert client.get(f"/m/{reply.pk}/answer/").status_code == 404


def test_a_schema_is_kept_with_its_conversation(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    data = {"kind": "schema", "schema": '{"type": "object"}', "corrects": "on"}
    assert client.post(f"/c/{conversation.pk}/format/", data).status_code == 204
    conversation.refresh_from_db()
    assert (conversation.response_format, conversation.corrects_format) == ({"type": "object"}, True)
    page = client.get(f"/c/{conversation.pk}/format/").text
    assert "&quot;type&quot;: &quot;object&quot;" in page
    client.post(f"/c/{conversation.pk}/format/", {"kind": "json", "schema": "kept only while it is chosen"})
    conversation.refresh_from_db()
    assert (conversation.response_format, conversation.corrects_format) == ("json", False)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("", "This is not JSON"),
        ('{"type": "objekt"}', "type: Has to be one of: object, array"),
        ('{"properties": {"a": {"minLength": "x"}}}', "properties.a.minLength: Has to be"),
    ],
)
def test_a_bad_schema_is_refused_with_its_place_and_kept(client: Client, ada: User, schema: str, words: str) -> None:
    conversation = conversation_of(ada, response_format="json")
    answered = client.post(f"/c/{conversation.pk}/format/", {"kind": "schema", "schema": schema})
    assert answered.status_code == 422
    assert words in answered.text
    assert answered.context["form"]["schema"].value() == schema
    conversation.refresh_from_db()
    assert conversation.response_format == "json"


def test_before_the_conversation_exists_the_page_keeps_it(client: Client, ada: User) -> None:
    answered = client.post(f"/c/{uuid7()}/format/", {"kind": "json"})
    assert answered.json() == {"response_format": "json", "corrects_format": False}
    assert not Conversation.objects.exists()


# Confidence


def test_tokens_are_shown_with_their_probability_and_the_others(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    tokens = [
        {"token": "Yes", "logprob": math.log(0.97), "top": [["Yes", math.log(0.97)], ["No", math.log(0.02)]]},
        {"token": " <b>", "logprob": math.log(0.1), "top": []},
    ]
    reply = answer(conversation, "Yes <b>", say(conversation, "Sure?"), logprobs=tokens)
    page = client.get(f"/m/{reply.pk}/confidence/").text
    assert 'data-level="1" data-place="0"' in page
    assert 'data-level="5" data-place="1"' in page
    assert 'aria-label="␣&lt;b&gt;, 10.0 %"' in page
    assert "2.0 %" in page
    assert "Confidence" in client.get(f"/m/{reply.pk}/details/").text


@pytest.mark.parametrize("tokens", [None, [], [{}], [{"token": 7, "logprob": "x", "top": [1, {}]}]])
def test_strange_probabilities_are_no_traceback(client: Client, ada: User, tokens: object) -> None:
    conversation = conversation_of(ada)
    reply = answer(conversation, "Yes", say(conversation, "Sure?"), logprobs=tokens)
    assert client.get(f"/m/{reply.pk}/confidence/").status_code == 200


# The forecast


def test_the_forecast_counts_the_path_by_what_the_server_counted(client: Client, ada: User) -> None:
    conversation = conversation_of(ada, sampling={"num_ctx": 2048}, backend_name="ollama", model_name="llama3.2")
    asked = say(conversation, "x" * 400)
    answer(
        conversation,
        "y" * 200,
        asked,
        metrics={"prompt_tokens": 204, "window": {"limit": 2048, "source": "set"}},
        provenance={"characters": 400, "messages": 1},
    )
    found = client.get(f"/c/{conversation.pk}/context/").json()
    assert found == {"limit": 2048, "source": "set", "fixed": 0, "turns": [204, 104], "per_token": 2.0}


def test_nobody_knows_the_length_of_an_unknown_model(client: Client, ada: User) -> None:
    assert client.get(f"/c/{uuid7()}/context/?backend=nowhere&name=m").json() == {}


def test_what_is_loaded_counts_more_than_what_was_trained(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(contexts._loaded, ("ollama", "m:latest"), 4096)
    found = client.get(f"/c/{uuid7()}/context/?backend=ollama&name=m").json()
    assert (found["limit"], found["source"], found["turns"]) == (4096, "loaded", [])
