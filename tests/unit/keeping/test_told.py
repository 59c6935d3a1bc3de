"""Open tabs learn how long their conversations are kept, each in the words of its own person."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from conversations.keeping.rules import SIGNAL
from conversations.live import consumers, rules
from conversations.live.broadcasts import hub
from conversations.models import Hold, Retention, SiteSettings, User
from conversations.tasks import close_threads, write
from tests.unit.views.people import person


class Tab:
    """One that notes what reaches it."""

    def __init__(self, user: int, language: str) -> None:
        self.user, self.language = user, language
        self.told: list[dict[str, str]] = []

    async def push(self, frame: str, *, is_delta: bool) -> None:
        self.told.append(json.loads(frame))


def _set_up() -> tuple[int, int]:
    ada, bob = person("ada"), person("bob")
    group = Group.objects.create(name="Lab")
    ada.groups.add(group)
    Retention.objects.create(group=group, days=30)
    SiteSettings.load()
    return ada.pk, bob.pk


@pytest.mark.django_db(transaction=True)
async def test_each_tab_is_told_its_own_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = await write(_set_up)
    tabs = [Tab(ada, "en"), Tab(ada, "de"), Tab(bob, "en")]
    monkeypatch.setattr(rules, "tabs", set(tabs))
    await rules._tell_all()
    assert [tab.told[0]["kept"] for tab in tabs] == [
        "kept 30 days after the last message",
        "aufbewahrt bis 30 Tage nach der letzten Nachricht",
        "kept until you delete it",
    ]
    assert {tab.told[0]["readers"] for tab in tabs} == {"staff"}
    assert consumers.tabs == set()
    close_threads()


def _place_a_hold(ada: User) -> None:
    Hold.objects.create(owner=ada, reason="x", placed_by="root")


def _make_a_rule(ada: User) -> None:
    Retention.objects.create(group=Group.objects.create(name="Lab"), days=3)


def _join_a_group(ada: User) -> None:
    ada.groups.add(Group.objects.create(name="Lab"))


@pytest.mark.django_db
@pytest.mark.parametrize("change", [_place_a_hold, _make_a_rule, _join_a_group])
def test_every_change_of_a_rule_is_told(
    change: Callable[[User], None], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []
    ada = person("ada")
    monkeypatch.setattr(hub, "call_soon", told.append)
    with django_capture_on_commit_callbacks(execute=True):
        change(ada)
    assert SIGNAL in told


@pytest.mark.django_db
def test_the_page_says_what_holds(client: Client) -> None:
    ada = person("ada")
    client.force_login(ada)
    assert '<span data-slot="kept">kept until you delete it</span>' in client.get("/").text
    SiteSettings.objects.update(retention_days=1)
    assert "kept 1 day after the last message" in client.get("/").text
    _place_a_hold(ada)
    page = client.get("/").text
    assert "kept by a hold of this site’s staff" in page
    assert 'data-action="temporary"' not in page
