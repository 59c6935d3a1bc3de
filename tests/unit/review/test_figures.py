"""The dashboard's figures: counted right, drawn to scale, seen by those with the right."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Conversation, Message, Role, State, User
from conversations.review.figures.charts import HEIGHT, WIDTH, chart, scale, short
from conversations.review.figures.counting import report
from tests.unit.views.people import person


def reply(owner: User, days_ago: int = 0, state: str = State.COMPLETE, **values: object) -> Message:
    conversation = Conversation.objects.create(owner=owner, title="Pumps")
    created = timezone.now() - timedelta(days=days_ago)
    values = {"model_name": "llama3.2", "backend_name": "ollama", **values}
    return Message.objects.create(
        conversation=conversation, role=Role.ASSISTANT, state=state, created_at=created, **values
    )


@pytest.fixture
def talk(db: None) -> None:
    ada, bob = person("ada"), person("bob")
    reply(ada, metrics={"reply_tokens": 10, "first_ms": 100, "tokens_per_second": 20.5})
    reply(ada, metrics={"reply_tokens": 30, "first_ms": 300})
    reply(bob, 2, State.FAILED, model_name="tiny")
    reply(bob, 200, metrics={"reply_tokens": 1000})
    Message.objects.create(conversation=Conversation.objects.all()[0], role=Role.USER, content="not counted")


def test_days_are_in_order_and_none_is_missing(talk: None) -> None:
    found = report(7, "day")
    assert [row.key for row in found.rows] == [str(timezone.localdate() - timedelta(days=n)) for n in range(6, -1, -1)]
    assert [row.replies for row in found.rows] == [0, 0, 0, 0, 1, 0, 2]
    today, total = found.rows[-1], found.total
    assert (today.tokens, today.first_ms, today.speed, today.errors) == (40, 200, 20.5, 0)
    assert (total.replies, total.errors, total.tokens, len(total.conversations)) == (3, 1, 40, 3)
    assert not found.is_cut


@pytest.mark.parametrize(
    ("group", "rows"),
    [
        ("user", [("ada", 2), ("bob", 1)]),
        ("model", [("llama3.2", 2), ("tiny", 1)]),
        ("backend", [("ollama", 3)]),
    ],
)
def test_groups_are_counted_largest_first(talk: None, group: str, rows: list[tuple[str, int]]) -> None:
    assert [(row.label, row.replies) for row in report(30, group).rows] == rows


def test_a_longer_span_reaches_further(talk: None) -> None:
    assert report(365, "user").total.tokens == 1040
    assert report(7, "user", date.today() - timedelta(days=400)).total.replies == 4


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/admin/figures/{query}")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    return answer.content.decode()


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    user = User.objects.create_user("erika", is_staff=True)
    user.groups.add(Group.objects.get(name="Exporters"))
    client.force_login(user)
    return client


def test_each_chart_has_its_table(staff: Client, talk: None) -> None:
    text = page(staff, "?days=7&by=model")
    assert text.count("<svg viewBox") == 6
    assert len(re.findall(r"<rect class=.bar.", text)) == 12
    assert re.search(r"<th scope=.row. dir=.auto.>llama3.2</th>\s*<td class=.number.>2</td>", text)


def test_names_of_models_are_text(staff: Client, db: None) -> None:
    reply(person("eve"), model_name="<script>alert(1)</script>")
    text = page(staff, "?by=model&days=x")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_nothing_yet_is_said(staff: Client) -> None:
    assert "Nothing was asked in this span." in page(staff)


def test_it_needs_the_right(client: Client, db: None) -> None:
    reviewer = User.objects.create_user("rita", is_staff=True)
    reviewer.groups.add(Group.objects.get(name="Reviewers"))
    client.force_login(reviewer)
    assert client.get("/admin/figures/").status_code == 403
    client.force_login(person("ada"))
    assert client.get("/admin/figures/").status_code != 200


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (2.5, "2.5"), (5000, "5000"), (20_000, "20k"), (1.5e6, "1.5M"), (4e9, "4G")]
)
def test_large_numbers_are_short(value: float, words: str) -> None:
    assert short(value) == words


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50))
def test_bars_stay_inside_and_keep_their_order(values: list[float]) -> None:
    drawn = chart([(str(number), value) for number, value in enumerate(values)])
    for bar in drawn.bars:
        assert -0.01 <= bar.y <= HEIGHT
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.01
        assert bar.y + bar.height == pytest.approx(HEIGHT, abs=0.02)
    assert max(values) <= scale(max(values)) * 1.000001
