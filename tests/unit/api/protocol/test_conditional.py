"""What has not changed is not sent again; HEAD is GET without the body; who comes too fast is told when."""

from __future__ import annotations

import pytest
from django.test import AsyncClient

from conversations.models import Conversation, User
from conversations.models.conversation import Refused
from tests.unit.api.program import LIST, Answer, fetch, key


def reads(trains: Conversation) -> list[str]:
    base = f"{LIST}/{trains.pk}"
    return [LIST, base, f"{base}/messages", f"{base}/tools", f"{base}/transcript.json", "/api/v1/models"]


def get(user: User, path: str, method: str = "GET", **headers: str) -> Answer:
    return fetch(AsyncClient(), path, method, Authorization=key(user), **headers)


def test_a_read_with_its_own_etag_is_not_answered_again(alice: User, trains: Conversation) -> None:
    for path in reads(trains):
        first = get(alice, path)
        again = get(alice, path, If_None_Match=first.headers["ETag"])
        assert (first.status, again.status, again.body) == (200, 304, b""), path
        assert again.headers["ETag"] == first.headers["ETag"]
        assert "private" in again.headers["Cache-Control"]
        assert "Authorization" in again.headers["Vary"]


def test_what_has_changed_is_answered(alice: User, trains: Conversation) -> None:
    known = {path: get(alice, path).headers["ETag"] for path in reads(trains)[:3]}
    Conversation.objects.update(title="Buses")

    assert [get(alice, path, If_None_Match=etag).status for path, etag in known.items()] == [200, 200, 304]


def test_somebody_elses_is_not_found_out_by_its_etag(alice: User, charlie: User, trains: Conversation) -> None:
    for path in reads(trains)[1:4]:
        etag = get(alice, path).headers["ETag"]
        assert get(charlie, path, If_None_Match=etag).status == 404
        assert get(charlie, path, If_None_Match="*").status == 404


def test_head_is_get_without_the_body(alice: User, trains: Conversation) -> None:
    for path in reads(trains):
        full, head = get(alice, path), get(alice, path, "HEAD")
        assert (head.status, head.headers.get("ETag")) == (200, full.headers["ETag"]), path
        assert head.headers["Content-Type"] == full.headers["Content-Type"]


@pytest.mark.parametrize(("code", "status"), [("too_many_replies", 429), ("storage_busy", 503)])
def test_what_may_go_better_later_says_when(
    alice: User, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    def refuse(*_args: object) -> None:
        raise Refused(code)

    monkeypatch.setattr(Conversation.objects, "visible_to", refuse)
    answer = get(alice, LIST)

    assert (answer.status, answer.value["code"], int(answer.headers["Retry-After"]) > 0) == (status, code, True)
