"""The chosen ones of the list as a zip: as many as there are, for a reason, on the record, redacted where wished."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.http import StreamingHttpResponse
from django.test import AsyncClient
from django.urls import reverse

from conversations.models import AccessKind, AccessRecord, RedactionKey, SiteSettings, User
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True)]


def act(user: User, query: str = "", **values: str | list[str]) -> bytes | None:
    """The file; None where the page says why there is none."""
    client = AsyncClient()
    client.force_login(user)
    address = f"{reverse('admin:conversations_conversation_changelist')}?{query}"
    data = urlencode({"action": "export", "format": "json"} | values, doseq=True)

    async def ask() -> bytes | None:
        answer = await client.post(address, data, content_type="application/x-www-form-urlencoded")
        if not isinstance(answer, StreamingHttpResponse):
            assert answer.status_code == 302
            return None
        return b"".join([part async for part in answer])

    return async_to_sync(ask)()


def files(data: bytes | None) -> dict[str, str]:
    assert data
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name.partition(" ")[2] or name: package.read(name).decode() for name in package.namelist()}


@pytest.fixture
def rita(eve: User) -> User:
    """Eve, who sees the list, too."""
    eve.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    return User.objects.get(pk=eve.pk)


def test_it_takes_a_reason_and_owners_are_told(rita: User, alice: User) -> None:
    first, second = talk(alice, "Rivers", "Where?", "it flows"), talk(alice, "Hills")
    talk(alice, "Left out")
    chosen = [str(first.pk), str(second.pk)]
    for refused in ({"reason": ""}, {"reason": "no"}, {"reason": "An audit", "format": "exe"}, {"reason": "x" * 301}):
        assert act(rita, chosen=chosen, **refused) is None
    assert not AccessRecord.objects.exists()

    found = files(act(rita, chosen=chosen, reason="An audit"))

    assert set(found) == {"Rivers.json", "Hills.json", "manifest.json"}
    assert "it flows" in found["Rivers.json"]
    told = AccessRecord.objects.told_to(alice)
    assert {(each.conversation_key, each.kind, each.reason) for each in told} == {
        (first.pk, AccessKind.EXPORT, "An audit"), (second.pk, AccessKind.EXPORT, "An audit"),
    }  # fmt: skip
    act(rita, chosen=chosen, reason="An audit")
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    assert act(rita, chosen=chosen, reason="Another audit") is None
    assert set(AccessRecord.objects.values_list("reason", flat=True)) == {"An audit"}


def test_all_that_the_filter_finds_are_any_number(rita: User, alice: User) -> None:
    for number in range(220):
        talk(alice, str(number))
    other = talk(alice, "other")
    type(other).objects.filter(pk=other.pk).update(model_name="big")

    found = files(act(rita, "model=tiny", all="on", reason="An audit", format="txt"))

    assert len(found) == 221
    assert AccessRecord.objects.count() == 220


def test_it_is_redacted_with_its_key_on_the_page_of_exports(rita: User, alice: User) -> None:
    made = talk(alice, "Rivers", "I am alice@example.org", "Hello Alice")
    found = files(act(rita, chosen=str(made.pk), reason="An audit", redact="all"))
    assert [text for text in found.values() if "alice" in text.lower()] == []
    assert "[MAIL-1]" in found["redacted Rivers.json"]
    client = AsyncClient()
    client.force_login(rita)

    async def page() -> str:
        return (await client.get(reverse("exports"))).content.decode()

    assert reverse("export_key", args=[RedactionKey.objects.get(user=rita).pk]) in async_to_sync(page)()
