"""What each filter leaves, how pages follow each other, and that none of it grows with the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.admin.review_list import narrowing, rows
from conversations.models import Case, Conversation, Label, LabelUse, Project, Rating, State, Status, User
from tests.unit.review_list.conftest import Talk

pytestmark = pytest.mark.django_db

LIST = "admin:conversations_conversation_changelist"
Listed = Callable[..., list[str]]


@pytest.fixture
def site(talk: Talk, bob: User) -> dict[str, Any]:
    """One conversation for each filter, and two that no filter but the common ones find."""
    ann = User.objects.create_user("ann", "ann@elsewhere.example")
    talk("plain")
    talk("hers", owner=ann)
    talk("large", model_name="large")
    talk("remote", backend_name="openai")
    talk("failed", values={"state": State.FAILED, "error_code": "out_of_memory"})
    talk("running", values={"state": State.STREAMING})
    rated, labelled, reviewed = talk("rated"), talk("labelled"), talk("reviewed")
    talk("old", updated_at=datetime(2020, 5, 6, 23, 59, tzinfo=UTC))
    long = talk("long")
    long.messages.create(role="user", parent_id=long.leaf_id)
    talk("trashed").trash()
    Conversation.objects.create(owner=bob, title="empty")
    Rating.objects.create(conversation=rated, message=rated.messages.latest("pk"), user=bob, value=-1)
    label = Label.objects.create(name="odd")
    LabelUse.objects.create(label=label, conversation=labelled, message_id=labelled.leaf_id)
    project = Project.objects.create(name="Quality")
    Case.objects.create(project=project, conversation=reviewed, status=Status.FOLLOW_UP)
    return {"label": label.pk, "project": project.pk}


@pytest.mark.parametrize("few", [0, 2000])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"owner": "ANN"}, {"hers"}),
        ({"owner": "ann@elsewhere.example"}, {"hers"}),
        ({"owner": "an"}, {"hers"}),
        ({"owner": "nobody"}, set()),
        ({"model": "large"}, {"large"}),
        ({"model": "gone"}, set()),
        ({"backend": "openai"}, {"remote"}),
        ({"state": "failed"}, {"failed"}),
        ({"state": "running"}, {"running"}),
        ({"state": "empty"}, {"empty"}),
        ({"error": "any"}, {"failed"}),
        ({"error": "out_of_memory"}, {"failed"}),
        ({"error": "upstream_down"}, set()),
        ({"rating": "down"}, {"rated"}),
        ({"rating": "up"}, set()),
        ({"rating": "any"}, {"rated"}),
        ({"label": "{label}"}, {"labelled"}),
        ({"label": "no number"}, set()),
        ({"project": "{project}"}, {"reviewed"}),
        ({"project": "{project}", "status": "follow_up"}, {"reviewed"}),
        ({"project": "{project}", "status": "done"}, set()),
        ({"status": "follow_up"}, {"reviewed"}),
        ({"since": "2020-05-06", "until": "2020-05-06"}, {"old"}),
        ({"until": "2020-05-05"}, set()),
        ({"shortest": "3"}, {"long"}),
        ({"longest": "1"}, {"empty"}),
        ({"title": "LONG"}, {"long"}),
        ({"deleted": "yes"}, {"trashed"}),
        ({"model": "tiny", "state": "complete", "rating": "down", "deleted": "no"}, {"rated"}),
        ({"q": "question failed"}, {"failed"}),
        ({"q": "question", "label": "{label}"}, {"labelled"}),
        ({"q": "nowhere"}, set()),
    ],
)
def test_each_filter_leaves_its_own(
    rita: User, site: dict[str, Any], listed: Listed, monkeypatch: pytest.MonkeyPatch, query: dict[str, str],
    expected: set[str], few: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(narrowing, "FEW", few)  # both ways of looking find the same

    assert set(listed(**{name: value.format(**site) for name, value in query.items()})) == expected


@pytest.mark.parametrize(
    ("query", "left_out"),
    [({"error": "none"}, "failed"), ({"rating": "none"}, "rated"), ({"label": "none"}, "labelled"),
     ({"project": "none"}, "reviewed"), ({"deleted": "no"}, "trashed")],
)  # fmt: skip
def test_the_opposite_leaves_the_rest(
    rita: User, site: dict[str, Any], listed: Listed, query: dict[str, str], left_out: str
) -> None:
    assert set(listed()) - set(listed(**query)) == {left_out}


def test_the_last_active_come_first_and_pages_join(
    rita: User, talk: Talk, listed: Listed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 3)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(8):
        talk(f"{number}", updated_at=moment)  # all at once: the id decides
    everything, after = [], ""
    while True:
        answer = client.get(reverse(LIST), {"after": after} if after else {})
        everything.append([row.title for row in answer.context["page"].rows])
        if not (after := answer.context["page"].after):
            break

    assert [len(page) for page in everything] == [3, 3, 2]
    assert sorted(title for page in everything for title in page) == [str(number) for number in range(8)]


@pytest.mark.parametrize("after", ["x", "2026-01-01T00:00:00_x", "2026-01-01T00:00:00_" + "0" * 32, "9" * 40])
def test_a_made_up_place_is_the_beginning(rita: User, talk: Talk, listed: Listed, after: str) -> None:
    talk("one")

    assert listed(after=after) == ["one"]
    assert listed(after=after, q="question") == ["one"]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"since": "yesterday"}, "since"), ({"shortest": "many"}, "shortest"), ({"state": "asleep"}, "state"),
     ({"shortest": "9", "longest": "3"}, "longest"), ({"since": "2026-02-01", "until": "2026-01-01"}, "until"),
     ({"q": "x" * 400}, "q")],
)  # fmt: skip
def test_what_is_no_filter_is_said_beside_its_field(
    rita: User, talk: Talk, client: Client, query: dict[str, str], field: str
) -> None:
    talk("one")
    answer = client.get(reverse(LIST), query)

    assert (answer.status_code, list(answer.context["form"].errors), answer.context["page"].rows) == (422, [field], [])
    assert f'value="{next(iter(query.values()))}"' in answer.content.decode() or field == "state"


def test_no_statement_counts_or_reads_the_whole_table(rita: User, site: dict[str, Any], client: Client) -> None:
    for query in ({}, {"state": "failed"}, {"rating": "down"}, {"q": "question"}, {"error": "none"}):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(LIST), query)
        assert len(queries) < 40
        about = [each["sql"] for each in queries if 'FROM "conversations_conversation"' in each["sql"]]
        assert about
        assert not [sql for sql in about if "COUNT(" in sql]
        assert not [sql for sql in about if "LIMIT" not in sql and " IN (" not in sql]


@pytest.mark.sqlite
def test_the_list_goes_down_its_index(rita: User, site: dict[str, Any]) -> None:
    for wishes in ({}, {"shortest": 3}, {"deleted": "no"}, {"error": "none"}):
        found = rows._shown(narrowing.narrowed(wishes, rita)).order_by(*rows.ORDER)[:50]
        plan = found.explain()
        assert "conversation_in_list" in plan
        assert "TEMP B-TREE" not in plan
    plan = narrowing.narrowed({"model": "tiny"}, rita).order_by(*rows.ORDER)[:50].explain()
    assert "conversation_by_model" in plan
    assert "TEMP B-TREE" not in plan
