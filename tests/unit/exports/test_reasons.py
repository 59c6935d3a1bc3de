"""Every door to other people's conversations: no reason, no export; with one, their owners read it in their account."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.test import AsyncClient, Client
from django.urls import reverse

from conversations.exports.background.worker import Worker
from conversations.models import AccessRecord, Conversation, ExportJob, SiteSettings, User
from tests.unit.api.program import fetch, key
from tests.unit.exports.test_in_the_admin import act

pytestmark = [pytest.mark.django_db(transaction=True)]
REASON = "A complaint <of Monday>"


def by_api(user: User, path: str, reason: str, method: str = "GET") -> bool:
    """Whether it was let in."""
    wish = {"whose": "all", "reason": reason, "redact": "names"}
    query = "" if method == "POST" else f"?whose=all&reason={reason}"
    answer = fetch(
        AsyncClient(), f"/api/v1{path}{query}", method, wish if method == "POST" else None,
        Authorization=key(user, "export"),
    )  # fmt: skip
    if answer.status == 422:
        assert answer.value["errors"][0]["field"].endswith("reason")
    return answer.status in (200, 202)


def by_page(user: User, reason: str) -> bool:
    client = Client()
    client.force_login(user)
    return client.post(reverse("exports"), {"whose": "all", "reason": reason, "redact": "all"}).status_code == 302


DOORS = {
    "a stream": lambda user, made, reason: by_api(user, "/export.zip", reason),
    "lines": lambda user, made, reason: by_api(user, "/export.ndjson", reason),
    "changes": lambda user, made, reason: by_api(user, "/export", reason),
    "a job": lambda user, made, reason: by_api(user, "/exports", reason, "POST"),
    "the page": lambda user, made, reason: by_page(user, reason),
    "the admin": lambda user, made, reason: act(user, chosen=str(made.pk), reason=reason) is not None,
}


@pytest.mark.parametrize("door", DOORS)
def test_each_door_asks_for_a_reason_that_the_owner_reads(
    eve: User, alice: User, trains: Conversation, door: str
) -> None:
    eve.user_permissions.add(Permission.objects.get(codename="view_conversation"))

    def tries(reason: str) -> bool:
        return DOORS[door](User.objects.get(pk=eve.pk), trains, reason)

    assert [tries(""), tries("no"), tries("x" * 301)] == [False] * 3
    assert (AccessRecord.objects.count(), ExportJob.objects.count()) == (0, 0)
    assert tries(REASON)
    if ExportJob.objects.exists():
        assert async_to_sync(Worker().make_one)()

    client = Client()
    client.force_login(alice)
    page = client.get("/account/readings/").content.decode()
    assert [words for words in ("Trains to Köln", "eve", "A complaint &lt;of Monday&gt;") if words not in page] == []
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    ExportJob.objects.all().delete()
    assert not tries(REASON)
    assert AccessRecord.objects.count() == 1
