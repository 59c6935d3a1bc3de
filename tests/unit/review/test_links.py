"""A shared link on the reading page: seen by who reads the conversation, stopped by who reviews."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from conversations.models import Conversation, Share, User
from conversations.models.conversation import Refused
from tests.unit.review.doors import address


def test_staff_see_a_link_and_stop_it_after_they_gave_a_reason(
    reading: Client, talk: Conversation, reviewer: User
) -> None:
    link = Share.objects.make(talk)
    assert reading.post(address(talk, "unshare")).status_code == 404
    page = reading.post(address(talk), {"reason": "A complaint"}, follow=True).text
    assert ("Others read this conversation by a link" in page, str(link.token) in page) == (True, False)
    assert reading.get(address(talk, "unshare")).status_code == 405

    page = reading.post(address(talk, "unshare"), follow=True).text

    assert "Nobody can read by this link any more." in page
    assert "Others read this conversation by a link" not in page
    stopped = Share.objects.get()
    assert (stopped.stopped_by, stopped.resume("olga"), stopped.resume("rita")) == ("rita", False, False)
    assert LogEntry.objects.get().user == reviewer


def test_after_that_its_owner_shares_again_when_staff_allow_it(
    reading: Client, talk: Conversation, reviewer: User
) -> None:
    before = Share.objects.make(talk)
    before.stop("olga")
    Share.objects.make(talk)
    reading.post(address(talk), {"reason": "A complaint"})
    reading.post(address(talk, "unshare"))
    with pytest.raises(Refused, match="sharing_barred"):
        Share.objects.make(talk)
    assert not before.resume("olga")
    page = reading.get(address(talk)).text
    assert ("Stopped by rita: its owner" in page, "Stop it now" in page) == (True, False)
    assert reading.get(address(talk, "allow_sharing")).status_code == 405

    page = reading.post(address(talk, "allow_sharing"), follow=True).text

    assert "Its owner can make a link again." in page
    assert "Stopped by rita: its owner" not in page
    assert [entry.user for entry in LogEntry.objects.all()] == [reviewer, reviewer]
    again = Share.objects.make(talk)
    reading.post(address(talk, "allow_sharing"))  # of another tab: there is nothing to allow
    assert (list(Share.objects.active()), LogEntry.objects.count()) == ([again], 2)


def test_who_only_reads_sees_it_and_does_not_stop_it(reading: Client, talk: Conversation, reviewer: User) -> None:
    Share.objects.make(talk)
    reviewer.groups.clear()
    reviewer.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    page = reading.post(address(talk), {"reason": "A complaint"}, follow=True).text
    assert ("Others read this conversation by a link" in page, "Stop it now" in page) == (True, False)
    assert reading.post(address(talk, "unshare")).status_code == 403
    assert reading.post(address(talk, "allow_sharing")).status_code == 403
    assert Share.objects.active().exists()
