"""A message for programs: read, shown, deleted, brought back; and never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import AsyncClient

from conversations.models import Conversation, Message, User
from tests.unit.api.program import LIST, Answer, fetch, key

MESSAGES = "/api/v1/messages"


def ask(user: User, method: str, path: str, body: object = None) -> Answer:
    return fetch(AsyncClient(), path, method, body, Authorization=key(user))


@pytest.fixture
def reply(trains: Conversation) -> Message:
    return Message.objects.get(conversation=trains, role="assistant")


def another(reply: Message) -> Message:
    """A second reply beside the first; the first stays the chosen one."""
    return Message.objects.create(
        conversation=reply.conversation, role="assistant", content="At one.", parent=reply.parent
    )


def shown(user: User, reply: Message) -> list[str]:
    items = ask(user, "GET", f"{LIST}/{reply.conversation_id}/messages").value["items"]
    return [one["content"] for one in items]


def test_a_message_is_told_with_its_siblings_and_how_it_came_about(alice: User, reply: Message) -> None:
    beside = another(reply)
    Message.objects.filter(pk=reply.pk).update(provenance={"model": "tiny"})

    told = ask(alice, "GET", f"{MESSAGES}/{reply.pk}").value
    assert (told["id"], told["content"], told["role"]) == (reply.pk, "At *noon*.", "assistant")
    assert told["siblings"] == [reply.pk, beside.pk]
    assert (told["provenance"], told["conversation"]) == ({"model": "tiny"}, str(reply.conversation_id))


def test_another_branch_is_shown(alice: User, reply: Message) -> None:
    beside = another(reply)

    answer = ask(alice, "POST", f"{MESSAGES}/{beside.pk}/show")
    assert answer.value == {"conversation": str(reply.conversation_id), "leaf": beside.pk}
    assert shown(alice, reply) == ["When?", "At one."]


def test_a_message_goes_with_its_branch_and_comes_back(alice: User, reply: Message) -> None:
    question = reply.parent_id
    gone = ask(alice, "DELETE", f"{MESSAGES}/{question}")

    assert (gone.status, gone.value["leaf"], shown(alice, reply)) == (200, None, [])
    assert ask(alice, "GET", f"{MESSAGES}/{reply.pk}").status == 404
    back = ask(alice, "POST", f"{MESSAGES}/{question}/restore")
    assert (back.value["leaf"], shown(alice, reply)) == (reply.pk, ["When?", "At *noon*."])


EVERYTHING: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("POST", "/show", None),
    ("POST", "/restore", None),
    ("POST", "/edit", {"text": "Which?"}),
    ("POST", "/regenerate", {}),
    ("POST", "/continue", None),
    ("POST", "/approve", {"decision": "once"}),
    ("POST", "/stop", None),
]


@pytest.mark.parametrize(("method", "path", "body"), EVERYTHING)
def test_what_is_somebody_elses_is_not_there(
    charlie: User, reply: Message, method: str, path: str, body: dict[str, Any] | None
) -> None:
    foreign = ask(charlie, method, f"{MESSAGES}/{reply.pk}{path}", body)
    unknown = ask(charlie, method, f"{MESSAGES}/{reply.pk + 1000}{path}", body)

    assert (foreign.status, foreign.body) == (404, unknown.body)
    assert Message.objects.filter(trashed_at=None).count() == 2


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("a" * 200_000, "too_long")])
def test_a_wording_that_is_none_is_refused(alice: User, reply: Message, text: str, code: str) -> None:
    answer = ask(alice, "POST", f"{MESSAGES}/{reply.parent_id}/edit", {"text": text})

    assert (answer.status, answer.value["code"]) == (422, code)
    assert Message.objects.count() == 2


def test_what_ended_by_itself_is_not_continued(alice: User, reply: Message) -> None:
    assert ask(alice, "POST", f"{MESSAGES}/{reply.pk}/continue").status == 404


def test_what_waits_for_nobody_is_not_allowed(alice: User, reply: Message) -> None:
    assert ask(alice, "POST", f"{MESSAGES}/{reply.pk}/approve", {"decision": "once"}).status == 404
    assert ask(alice, "POST", f"{MESSAGES}/{reply.pk}/approve", {"decision": "always"}).status == 422
