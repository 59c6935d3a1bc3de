"""What staff set and see: holds, rules of retention, and reports that nobody changes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Hold, PurgeReport, Retention, User
from tests.unit.access.people import groups
from tests.unit.access.people import person as of_group
from tests.unit.views.people import conversation_of, person

pytestmark = pytest.mark.django_db
ADD = "/admin/conversations/hold/add/"


def staff(client: Client, who: str) -> User:
    groups()
    user = of_group(who)
    assert user is not None
    client.force_login(user)
    return user


def test_a_reviewer_places_a_hold_with_a_reason_and_an_administrator_lifts_it(client: Client) -> None:
    bob = person("bob")
    talk = conversation_of(bob, "Very private title")
    staff(client, "reviewer")
    for wrong in (
        {"owner": "bob"},
        {"reason": "x"},
        {"owner": "bob", "conversation": str(talk.pk), "reason": "x"},
        {"conversation": "no number", "reason": "x"},
        {"owner": "nobody", "reason": "x"},
    ):
        assert client.post(ADD, wrong).status_code == 200
    assert not Hold.objects.exists()
    client.post(ADD, {"owner": "bob", "reason": "A lawsuit"})
    client.post(ADD, {"conversation": str(talk.pk), "reason": "A complaint"})
    on_conversation, on_person = Hold.objects.all()
    assert (on_person.owner, on_person.placed_by) == (bob, "reviewer")
    assert on_conversation.conversation == talk

    listed = reverse("admin:conversations_hold_changelist")
    lift = {"action": "lift", "_selected_action": [on_person.pk, on_conversation.pk]}
    client.post(listed, lift)
    assert Hold.objects.active().count() == 2, "a reviewer lifts none"
    staff(client, "administrator")
    assert "Very private title" not in client.get(listed).content.decode()
    assert f"…{str(talk.pk)[-6:]}" in client.get(listed, {"lifted": "no"}).content.decode()
    page = client.get(reverse("admin:conversations_hold_change", args=[on_conversation.pk])).content.decode()
    assert (str(talk.pk) in page, "Very private title" in page) == (True, False)
    client.post(listed, lift)
    assert [hold.lifted_by for hold in Hold.objects.all()] == ["administrator"] * 2


def test_an_account_that_is_held_is_not_deleted(client: Client) -> None:
    bob = person("bob")
    Hold.objects.create(owner=bob, reason="A lawsuit", placed_by="root")
    staff(client, "administrator")
    address = reverse("admin:conversations_user_delete", args=[bob.pk])
    assert "A lawsuit" in client.get(address).content.decode()
    assert client.post(address, {"post": "yes"}).status_code == 200
    assert User.objects.filter(pk=bob.pk).exists()


def test_a_rule_is_set_for_a_group_and_a_report_is_only_looked_at(client: Client) -> None:
    staff(client, "administrator")
    group = person("bob").groups.create(name="Lab")
    add = reverse("admin:conversations_retention_add")
    assert client.post(add, {"group": group.pk, "days": 0}).status_code == 200
    client.post(add, {"group": group.pk, "days": 90})
    assert Retention.objects.get().days == 90
    report = PurgeReport.objects.create(rule="trash", detail="30", conversations=1, keys=["some-number"])
    page = client.get(reverse("admin:conversations_purgereport_change", args=[report.pk]))
    assert "some-number" in page.content.decode()
    assert "Time in the trash was over · 30 days" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
