"""How long conversations are kept: by group, by the site, and what a person is told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from conversations.keeping.purging import purge
from conversations.keeping.rules import Kept, kept_for
from conversations.models import Conversation, Hold, PurgeReport, Retention, SiteSettings, User
from tests.unit.views.people import conversation_of, person

pytestmark = [pytest.mark.django_db]


def rule(name: str, days: int | None, *people: User) -> Group:
    group, _is_new = Group.objects.get_or_create(name=name)
    group.user_set.add(*people)
    if days is not None:
        Retention.objects.create(group=group, days=days)
    return group


def left() -> set[str]:
    for _step in purge():
        pass
    return set(Conversation.objects.values_list("title", flat=True))


def test_of_several_rules_the_longest_holds_and_without_one_the_sites() -> None:
    ada, bob, cleo = (person(name) for name in ("ada", "bob", "cleo"))
    rule("Interns", 10, ada, bob)
    rule("Lab", 50, bob)
    rule("Friends", None, ada, bob, cleo)
    for owner in (ada, bob, cleo):
        for days in (5, 20, 99):
            conversation_of(owner, f"{owner} {days}", days)
    conversation_of(ada, "Deleted", 20).trash()
    kept = ["cleo 5", "cleo 20", "cleo 99", "ada 5", "bob 5", "bob 20"]
    assert left() == set(kept)
    reports = {report.detail: report.conversations for report in PurgeReport.objects.filter(rule="retention")}
    assert reports == {"Interns: 10": 3, "Lab: 50": 1}
    people = [each.pk for each in (ada, bob, cleo)]
    assert list(kept_for(people).values()) == [Kept(10), Kept(50), Kept(None)]

    SiteSettings.objects.update(retention_days=30)
    Hold.objects.create(owner=bob, reason="A lawsuit", placed_by="root")
    assert list(kept_for(people).values()) == [Kept(10), Kept(50, is_held=True), Kept(30)]
    assert left() == set(kept) - {"cleo 99"}


def test_without_any_rule_nothing_goes() -> None:
    conversation_of(person("ada"), "Ancient", 5000)
    assert left() == {"Ancient"}
