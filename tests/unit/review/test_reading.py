"""Accountable reading: who may, that a reason opens it for a sitting only, and that its owner is told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from conversations.models import AccessRecord, Conversation, SiteSettings, User
from conversations.review.reading import ReadingRefused, is_open, may_read, open_for


@pytest.fixture
def mine(db: None) -> Conversation:
    owner = User.objects.create_user("owner")
    return Conversation.objects.create(owner=owner, title="Private")


@pytest.fixture
def reviewer(db: None) -> User:
    user = User.objects.create_user("rita")
    user.groups.add(Group.objects.get(name="Reviewers"))
    return user


def test_the_owner_needs_neither_right_nor_reason(mine: Conversation) -> None:
    assert may_read(mine.owner, mine)
    assert is_open(mine.owner, mine, "session")


def test_a_reason_opens_it_for_one_sitting(mine: Conversation, reviewer: User) -> None:
    assert may_read(reviewer, mine)
    assert not is_open(reviewer, mine, "morning")
    open_for(reviewer, mine, "morning", " A complaint\nof yesterday ")
    assert is_open(reviewer, mine, "morning")
    assert not is_open(reviewer, mine, "evening")
    assert not is_open(reviewer, mine, None)
    told = AccessRecord.objects.told_to(mine.owner).get()
    assert (told.reader_name, told.title, told.reason) == ("rita", "Private", "A complaint of yesterday")
    assert "morning" not in told.sitting


@pytest.mark.parametrize(("reason", "code"), [("", "reason_missing"), (" x\0 ", "reason_missing"),
                                              ("y" * 301, "reason_too_long")])  # fmt: skip
def test_a_bad_reason_opens_nothing(mine: Conversation, reviewer: User, reason: str, code: str) -> None:
    with pytest.raises(ReadingRefused, match=code):
        open_for(reviewer, mine, "morning", reason)
    assert not AccessRecord.objects.exists()


def test_without_the_right_it_stays_closed(mine: Conversation, db: None) -> None:
    stranger = User.objects.create_user("stranger")
    assert not may_read(stranger, mine)
    with pytest.raises(ReadingRefused, match="not_allowed"):
        open_for(stranger, mine, "s", "I am curious")


def test_switched_off_nobody_reads_whatever_their_rights(mine: Conversation) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    root = User.objects.create_superuser("root")
    assert not may_read(root, mine)
    assert may_read(mine.owner, mine)
    with pytest.raises(ReadingRefused, match="switched_off"):
        open_for(root, mine, "s", "because I can")


def test_the_owner_is_told_after_the_delay(mine: Conversation, reviewer: User) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(reading_told_after=2)
    record = open_for(reviewer, mine, "s", "An audit")
    assert not AccessRecord.objects.told_to(mine.owner).exists()
    AccessRecord.objects.filter(pk=record.pk).update(told_from=timezone.now())
    assert AccessRecord.objects.told_to(mine.owner).get() == record


def test_a_record_outlives_the_conversation_and_its_reader(mine: Conversation, reviewer: User) -> None:
    open_for(reviewer, mine, "s", "An audit")
    mine.delete()
    reviewer.delete()
    assert AccessRecord.objects.get().reader_name == "rita"


def test_the_groups_are_there_with_their_rights(db: None) -> None:
    rights = {group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}
    assert set(rights) == {"Reviewers", "Exporters", "Administrators"}
    assert "export_conversation" not in rights["Reviewers"]
    assert "review_conversation" not in rights["Exporters"]
    assert {"review_conversation", "export_conversation", "unblind_project"} < rights["Administrators"]
    writing = {name for name in rights["Reviewers"] if name.startswith(("add", "change", "delete"))}
    assert writing == {"add_hold"}
