"""The trash: a page and addresses for programs, restoring, and deleting for good unless it is held."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from conversations.api.limits import throttle
from conversations.models import (
    ApiToken,
    Case,
    Conversation,
    Hold,
    Message,
    Project,
    PurgeReport,
    Retention,
    SiteSettings,
    User,
)
from conversations.models.token import Scope
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = pytest.mark.django_db
PAGE = "/account/trash/"


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def trashed(owner: User, title: str, days_ago: float = 0) -> Conversation:
    conversation = conversation_of(owner, title, days_ago)
    say(conversation, f"About {title}")
    conversation.trash()
    conversation.refresh_from_db()
    return conversation


def branch_of(owner: User) -> Message:
    question = say(conversation_of(owner, "Kept"), "Why?")
    first = answer(question.conversation, "A **first** try", question)
    say(question.conversation, "And below", first)
    answer(question.conversation, "Second", question)
    first.trash()
    return first


class Program:
    """Speaks JSON with a token."""

    def __init__(self, user: User) -> None:
        throttle.forget()
        self.secret = ApiToken.issue(user, "test", list(Scope))[1]

    def __call__(self, method: str, path: str) -> tuple[int, Any]:
        answered = Client().generic(method, f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {self.secret}")
        return answered.status_code, json.loads(answered.content) if answered.content else None


def test_the_page_lists_ones_own_with_the_day_and_restores(client: Client, ada: User) -> None:
    pumps, branch = trashed(ada, "Pumps <b>"), branch_of(ada)
    trashed(person("bob"), "Secret of bob")
    page = client.get(PAGE).text
    assert "Pumps &lt;b&gt;" in page
    assert "A **first** try" in page
    assert "And below" not in page
    assert "Secret of bob" not in page
    assert pumps.trashed_at is not None
    assert f'datetime="{(pumps.trashed_at + timedelta(days=30)).isoformat()[:10]}' in page

    assert "Restored: Pumps" in client.post(f"{PAGE}c/{pumps.pk}/restore/", follow=True).text
    client.post(f"{PAGE}m/{branch.pk}/restore/")
    assert "There is nothing in it." in client.get(PAGE).text
    branch.refresh_from_db()
    assert branch.trashed_at is None
    assert Conversation.objects.visible_to(ada).count() == 2


def test_it_goes_earlier_where_retention_is_shorter(client: Client, ada: User) -> None:
    old = trashed(ada, "Old", days_ago=5)
    group = ada.groups.create(name="Short")
    Retention.objects.create(group=group, days=7)
    (entry,) = Program(ada)("GET", "trash")[1]["items"]
    assert entry["goes_at"][:10] == (old.updated_at + timedelta(days=7)).isoformat()[:10]


def test_deleting_for_good_asks_first_and_leaves_a_report_without_words(client: Client, ada: User) -> None:
    pumps, branch = trashed(ada, "Pumps"), branch_of(ada)
    address = f"{PAGE}c/{pumps.pk}/delete/"
    assert "Delete “Pumps” for good?" in client.get(address).text
    assert Conversation.objects.filter(pk=pumps.pk).exists()
    client.post(address)
    client.post(f"{PAGE}m/{branch.pk}/delete/")
    assert not Conversation.objects.filter(pk=pumps.pk).exists()
    assert sorted(Message.objects.values_list("content", flat=True)) == ["Second", "Why?"]
    assert client.post(address).status_code == 404
    reports = [(each.rule, each.conversations, each.messages) for each in PurgeReport.objects.all()]
    assert reports == [("owner", 0, 2), ("owner", 1, 1)]


@pytest.mark.parametrize("by", ["person", "conversation", "review"])
def test_what_is_kept_says_so_and_stays(client: Client, ada: User, by: str) -> None:
    pumps, branch = trashed(ada, "Pumps"), branch_of(ada)
    for held in (pumps, branch.conversation):
        if by == "review":
            project = Project.objects.get_or_create(name="Tone")[0]
            Case.objects.create(project=project, conversation=held)
        elif by == "conversation":
            Hold.objects.create(conversation=held, reason="Why is not told", placed_by="root")
    if by == "person":
        Hold.objects.create(owner=ada, reason="Why is not told", placed_by="root")
    words = "kept for a review" if by == "review" else "kept by a hold"
    page = client.get(PAGE).text
    assert page.count(words) == 2
    assert "Why is not told" not in page
    for kind, pk in (("c", pumps.pk), ("m", branch.pk)):
        refused = client.post(f"{PAGE}{kind}/{pk}/delete/")
        assert (refused.status_code, words in refused.text) == (409, True)
    program = Program(ada)
    for path in (f"trash/conversations/{pumps.pk}", f"trash/messages/{branch.pk}"):
        status, problem = program("DELETE", path)
        assert (status, problem["code"], words in problem["title"] + problem["detail"]) == (409, "kept", True)
    client.post(f"{PAGE}empty/")
    assert (Conversation.objects.count(), Message.objects.count()) == (2, 5)
    assert client.post(f"{PAGE}c/{pumps.pk}/restore/").status_code == 302, "restored it can be"


def test_what_is_anothers_is_not_there(client: Client, ada: User) -> None:
    bob = person("bob")
    pumps, branch = trashed(bob, "Pumps"), branch_of(bob)
    kept = conversation_of(ada, "Not in the trash")
    for kind, pk in (("c", pumps.pk), ("m", branch.pk), ("c", kept.pk)):
        for action in ("restore", "delete"):
            assert client.post(f"{PAGE}{kind}/{pk}/{action}/").status_code == 404
    program = Program(ada)
    assert program("DELETE", f"trash/conversations/{pumps.pk}")[0] == 404
    assert program("DELETE", f"trash/conversations/{kept.pk}")[0] == 404
    assert program("DELETE", f"trash/messages/{branch.pk}")[0] == 404
    assert program("DELETE", "trash") == (200, {"deleted": 0})
    assert Conversation.objects.count() == 3


def test_programs_list_and_empty_it(ada: User) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(trash_days=3)
    first, second, branch = trashed(ada, "First"), trashed(ada, "Second"), branch_of(ada)
    program = Program(ada)
    status, page = program("GET", "trash?limit=1")
    assert (status, page["pages"], page["days"]) == (200, 2, 3)
    assert [item["title"] for item in page["items"]] == ["Second"]
    assert [item["conversation"] for item in program("GET", "trash?limit=1&page=2")[1]["items"]] == [str(first.pk)]
    assert program("GET", "trash?page=3")[1]["items"] == []
    (item,) = program("GET", "trash?kind=branches")[1]["items"]
    assert (item["message"], item["text"], item["kept"]) == (branch.pk, "A **first** try", None)
    assert program("GET", "trash?kind=files")[0] == 422

    assert program("DELETE", f"trash/conversations/{second.pk}") == (204, None)
    assert program("DELETE", "trash") == (200, {"deleted": 2})
    assert sorted(Message.objects.values_list("content", flat=True)) == ["Second", "Why?"]
