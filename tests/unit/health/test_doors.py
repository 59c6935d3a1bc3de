"""Who is told how the site is: everybody that it lives, operators the rest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chatsite.health import readiness
from chatsite.health.readiness import Part
from conversations.telemetry import probing
from tests.unit.health.asking import ELSEWHERE, HERE, ask

TOKEN = "a-token-of-the-operator"


@pytest.fixture(autouse=True)
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look() -> list[Part]:
        return [Part("database"), Part("disk", "degraded", "low", {"free_bytes": 12345})]

    monkeypatch.setattr(readiness, "look", look)


async def test_anybody_learns_that_it_lives() -> None:
    answer = await ask("/healthz", peer=ELSEWHERE, host="10.0.0.5:8000")

    assert (answer.status, answer.value) == (200, {"status": "alive"})
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_anybody_learns_what_is_degraded_and_only_operators_the_figures() -> None:
    outside, inside = await ask("/readyz", peer=ELSEWHERE), await ask("/readyz")

    assert outside.status == inside.status == 200
    assert outside.value == {"status": "degraded", "degraded": ["disk"], "parts": {"database": "ok", "disk": "low"}}
    assert inside.value["figures"] == {"disk": {"free_bytes": 12345}}


async def test_a_part_that_is_unavailable_makes_503(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look() -> list[Part]:
        return [Part("database", "unavailable", "away"), Part("disk", "degraded", "low")]

    monkeypatch.setattr(readiness, "look", look)
    answer = await ask("/readyz")

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert (answer.value["status"], answer.value["degraded"]) == ("unavailable", ["database", "disk"])


@pytest.mark.parametrize(
    ("peer", "headers", "may"),
    [
        (HERE, {}, True),
        ("::1", {"host": "[::1]:8000"}, True),
        (HERE, {"host": "127.0.0.1"}, True),
        (HERE, {"host": "chat.example.org"}, False),  # a proxy on this machine that passes the name
        (HERE, {"host": "127.0.0.1", "x_forwarded_for": ELSEWHERE}, False),  # one that does not
        (HERE, {"host": "[::1"}, False),
        (ELSEWHERE, {}, False),
        (ELSEWHERE, {"authorization": f"Bearer {TOKEN}", "host": "10.0.0.5:8000"}, True),
        (ELSEWHERE, {"authorization": "Bearer another"}, False),
        (ELSEWHERE, {"authorization": f"Bearer {TOKEN}\N{LATIN SMALL LETTER E WITH ACUTE}"}, False),
        (ELSEWHERE, {"authorization": ""}, False),
    ],
)
async def test_who_sees_the_figures(settings: Any, peer: str, headers: dict[str, str], may: bool) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = await ask("/metrics", peer=peer, **headers)

    assert (answer.status == 200) is may
    if not may:
        assert answer.headers == {"x-from": "site"}, "the same as for an address that there is not"


async def test_without_a_token_an_empty_one_opens_nothing(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for given in ("Bearer ", "Bearer", ""):
        assert (await ask("/metrics", peer=ELSEWHERE, authorization=given)).status == 404


async def test_they_are_only_read() -> None:
    assert (await ask("/healthz", method="POST")).status == 405
    assert (await ask("/healthz", method="HEAD")).body == b""


async def test_the_doctor_needs_the_sites_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PAUSE", 0)
    for query in ("", "?key=", "?key=stream:x:y", f"?key={probing.new_key()[:-1]}"):
        assert (await ask(probing.PATH + query)).status == 404

    answer = await ask(f"{probing.PATH}?key={probing.new_key()}", peer=ELSEWHERE, cookie="sessionid=s3cret")
    assert answer.status == 200
    assert answer.pieces == probing.PIECES + 1
    assert b"s3cret" not in answer.body


async def test_a_part_that_hangs_is_slow_and_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "SECONDS", 0.01)
    answers, asked = asyncio.Event(), []

    async def check() -> Part:
        asked.append(1)
        await answers.wait()
        return Part("database")

    assert (await readiness._bounded("database", check)).why == "slow"
    assert (await readiness._bounded("database", check)).standing == "unavailable"
    assert (await readiness._bounded("redis-like", check)).why == "slow"
    assert len(asked) == 2
    answers.set()
    monkeypatch.setattr(readiness, "SECONDS", 20)
    assert (await readiness._bounded("database", check)).why == "ok"
