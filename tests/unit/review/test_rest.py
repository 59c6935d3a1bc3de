"""Review by REST: one's own projects and cases, pseudonyms in blind ones, and thumbs on replies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.contrib.auth.models import Permission
from django.test import AsyncClient

from conversations.models import Assessment, Case, Criterion, Message, Project, Rating, User
from tests.unit.api.program import Answer, fetch, key
from tests.unit.views.people import answer, conversation_of, person, say


@pytest.fixture
def reviewer(db: None) -> User:
    user = person("rita")
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="review_conversation"))
    return user


@pytest.fixture
def case(reviewer: User) -> Case:
    project = Project.objects.create(name="Tone")
    project.members.add(reviewer)
    Criterion.objects.create(project=project, name="Polite", words=[])
    return Case.objects.create(project=project, conversation=conversation_of(person("owner"), "Pumps"))


def call(user: User, path: str, method: str = "GET", json: object = None, *scopes: str) -> Answer:
    return fetch(AsyncClient(), f"/api/v1{path}", method, json, Authorization=key(user, *scopes))


def test_projects_come_with_their_rubric_and_counts(case: Case, reviewer: User) -> None:
    (found,) = call(reviewer, "/projects").value["items"]
    assert (found["name"], found["counts"]["new"], found["criteria"][0]["name"]) == ("Tone", 1, "Polite")
    assert call(case.conversation.owner, "/projects").value == {"items": []}


def test_a_case_is_assessed_and_closed_in_one_call(case: Case, reviewer: User) -> None:
    refused = call(reviewer, f"/cases/{case.pk}", "PATCH", {"status": "done"})
    assert (refused.status, refused.value["code"]) == (409, "assessment_missing")
    criterion = case.project.criteria.get()
    body = {"assessment": {criterion.pk: 4}, "assignee": "rita", "status": "done"}
    changed = call(reviewer, f"/cases/{case.pk}", "PATCH", body)
    assert changed.status == 200
    expected = {"status": "done", "assignee": "rita", "assessment": {str(criterion.pk): 4}, "title": "Pumps"}
    assert expected.items() <= changed.value.items()
    freed = call(reviewer, f"/cases/{case.pk}", "PATCH", {"assignee": None}).value
    assert (freed["assignee"], freed["status"]) == (None, "done")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"assessment": {"1": 99}}, 409),
        ({"assignee": "owner"}, 409),
        ({"status": "lost"}, 422),
        ({"colour": "red"}, 422),
    ],
)
def test_what_does_not_fit_is_refused(case: Case, reviewer: User, body: object, status: int) -> None:
    found = call(reviewer, f"/cases/{case.pk}", "PATCH", body)
    assert found.status == status
    assert found.headers["Content-Type"] == "application/problem+json"
    assert Case.objects.get().version == 0


def test_pages_follow_each_other(case: Case, reviewer: User) -> None:
    for title in ("Valves", "Pipes"):
        Case.objects.create(project=case.project, conversation=conversation_of(case.conversation.owner, title))
    path = f"/projects/{case.project_id}/cases"
    first = call(reviewer, f"{path}?limit=2").value
    assert [each["title"] for each in first["items"]] == ["Pumps", "Valves"]
    rest = call(reviewer, f"{path}?limit=2&after={first['next']}").value
    assert ([each["title"] for each in rest["items"]], rest["next"]) == (["Pipes"], None)
    assert call(reviewer, f"{path}?status=done").value["items"] == []


def test_a_page_costs_the_same_at_any_length(
    case: Case, reviewer: User, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    criterion = case.project.criteria.get()
    for number in range(30):
        more = Case.objects.create(project=case.project, conversation=conversation_of(case.conversation.owner))
        Assessment.objects.create(case=more, criterion=criterion, reviewer=reviewer, value=1 + number % 5)
    with django_assert_max_num_queries(20):
        found = call(reviewer, f"/projects/{case.project_id}/cases").value["items"]
    assert [each["assessment"] for each in found[1:4]] == [{str(criterion.pk): value} for value in (1, 2, 3)]


def test_a_blind_case_names_nobody(case: Case, reviewer: User) -> None:
    Project.objects.update(is_blind=True)
    found = call(reviewer, f"/projects/{case.project_id}/cases")
    assert found.value["items"][0]["conversation"] is None
    for secret in (b"Pumps", b"owner", str(case.conversation_id).encode()):
        assert secret not in found.body


def test_strangers_find_nothing(case: Case, db: None) -> None:
    stranger = person("eve")
    assert call(stranger, f"/projects/{case.project_id}/cases").status == 404
    assert call(stranger, f"/cases/{case.pk}", "PATCH", {"status": "done"}).status == 404


def test_it_needs_a_token_for_reviews(case: Case, reviewer: User) -> None:
    found = call(reviewer, "/projects", "GET", None, "read")
    assert (found.status, found.value["scope"]) == (403, "review")


@pytest.fixture
def reply(db: None) -> Message:
    conversation = conversation_of(person("ada"))
    return answer(conversation, "Forty-two.", say(conversation, "What is it?"))


def test_a_thumb_is_put_and_taken_back(reply: Message) -> None:
    ada, path = reply.conversation.owner, f"/messages/{reply.pk}/rating"
    kept = call(ada, path, "PUT", {"thumb": "down", "reason": "style", "comment": "Dry"})
    assert (kept.status, kept.value["thumb"], Rating.objects.get().value) == (200, "down", -1)
    assert call(ada, path, "PUT", {"thumb": "sideways"}).status == 422
    assert call(person("eve"), path, "DELETE").status == 404
    assert call(ada, path, "DELETE").status == 204
    assert not Rating.objects.exists()


def test_a_question_has_no_thumb(reply: Message) -> None:
    found = call(reply.conversation.owner, f"/messages/{reply.parent_id}/rating", "PUT", {"thumb": "up"})
    assert (found.status, found.value["code"]) == (409, "not_a_reply")
