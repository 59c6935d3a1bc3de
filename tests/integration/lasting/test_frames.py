"""What a socket makes of frames that nobody should send, and of people who may not be there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from conversations.ids import uuid7
from tests.integration.conftest import MODEL
from tests.sites import Site
from tests.tab import PASSWORD, PATIENCE, Tab, post, sign_up, tab_of
from tests.upstream import Plan, Upstream


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=50) as upstream:
        yield upstream


ASK = {"type": "ask", "client_id": str(uuid.uuid4()), "conversation": str(uuid7()), "text": "x", "model": MODEL}


def frame(**changes: object) -> str:
    return json.dumps({**ASK, **changes})


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ("{", "bad_json", ""),
        ("[]", "bad_json", ""),
        ("null", "bad_json", ""),
        ("[" * 100_000, "bad_json", ""),
        ('{"type":"ping","x":NaN}', "bad_json", ""),
        ('{"type":"ping","x":' + "9" * 5000 + "}", "bad_json", ""),
        ('{"type":"ping","__proto__":{}}', "bad_field", "__proto__"),
        (b"\x00\x01", "bad_frame", ""),
        ('{"type":"websocket.disconnect"}', "unknown_type", ""),
        ('{"type":"__init__"}', "unknown_type", ""),
        ('{"type":"dispatch"}', "unknown_type", ""),
        ('{"kind":"ask"}', "unknown_type", ""),
        (frame(client_id="no uuid"), "bad_field", "client_id"),
        (frame(conversation="../../etc"), "bad_field", "conversation"),
        (frame(text=None), "bad_field", "text"),
        (frame(text=["x"]), "bad_field", "text"),
        (frame(parent=-1), "bad_field", "parent"),
        (frame(parent=10**30), "bad_field", "parent"),
        (f'{{"type":"stop","reply":1,"shown":{10**30}}}', "bad_field", "shown"),
        (frame(owner=1), "bad_field", "owner"),
        (frame(sampling={"temperature": "hot"}), "bad_field", "sampling.temperature"),
        (frame(sampling={"top_p": 2}), "bad_field", "sampling.top_p"),
        (frame(text="x" * (128 * 1024 + 1)), "too_long", "text"),
        (frame(text=" \u200b\n"), "empty", "text"),
        (frame(parent=123456789), "not_found", "conversation"),
        ('{"type":"stop","reply":123456789}', "not_found", "message"),
    ],
)
async def test_a_bad_frame_gets_a_typed_error_and_the_socket_lives_on(
    tab: Tab, sent: str | bytes, code: str, field: str
) -> None:
    await tab.send_raw(sent)
    failed = await tab.wait_for("error")
    assert (failed["code"], failed["field"]) == (code, field)
    assert failed["text"]
    await tab.send(type="ping")
    await tab.wait_for("pong")


async def test_the_longest_message_is_taken(tab: Tab, upstream: Upstream) -> None:
    upstream.plan(Plan("read"))
    await tab.ask("x" * (128 * 1024), model=MODEL)
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"


async def test_a_foreign_conversation_looks_like_none(tab: Tab, charlie: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan(Plan("one two three", rate=20, hold=1))
    asked = await tab.ask("mine", model=MODEL)
    reply = asked["messages"][1]["id"]
    await tab.wait_for_text(reply, 1)
    async with tab_of(charlie) as other:
        await other.send(type="open", conversation=asked["conversation"])
        assert (await other.wait_for("error"))["code"] == "not_found"
        for command in (
            {"type": "stop", "reply": reply},
            {"type": "resume", "reply": reply},
            {"type": "continue", "reply": reply},
            {"type": "regenerate", "client_id": str(uuid.uuid4()), "message": reply},
            {"type": "edit", "client_id": str(uuid.uuid4()), "message": asked["messages"][0]["id"], "text": "x"},
            {**ASK, "client_id": str(uuid.uuid4()), "conversation": asked["conversation"]},
        ):
            await other.send(**command)
            assert (await other.wait_for("error"))["code"] == "not_found", command
        upstream.release()
        assert (await tab.wait_for("reply.finished"))["state"] == "complete"
        await other.send(type="ping")
        await other.wait_for("pong")
        assert "reply.delta" not in {event["type"] for event in other.events}


async def test_a_flood_is_slowed_down_and_then_closed(tab: Tab) -> None:
    for _ in range(400):
        await tab.send(type="ping")
    assert (await tab.wait_for("error"))["code"] == "slow_down"
    assert await tab.close_code() == 4429


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "https://HOST", "null", None])
async def test_a_page_from_elsewhere_gets_no_socket(site: Site, alice: httpx.AsyncClient, origin: str | None) -> None:
    host = site.address.removeprefix("http://")
    cookie = {"Cookie": f"sessionid={alice.cookies['sessionid']}"}
    wanted = origin.replace("HOST", host) if origin else None
    with pytest.raises(InvalidStatus, match="403"):
        async with connect(f"ws://{host}/ws/", origin=wanted, additional_headers=cookie):  # type: ignore[arg-type]
            pass


async def test_without_a_session_the_socket_says_so(site: Site) -> None:
    host = site.address.removeprefix("http://")
    async with connect(f"ws://{host}/ws/", origin=site.address) as socket:  # type: ignore[arg-type]
        await socket.wait_closed()
        assert socket.close_code == 4401


async def test_signing_out_closes_every_tab(site: Site) -> None:
    someone = await sign_up(site.address, "somebody")
    async with tab_of(someone) as tab:
        await post(someone, "/accounts/logout/")
        assert await tab.close_code() == 4401


async def test_a_new_password_closes_every_tab_and_only_its_owner_comes_back(site: Site) -> None:
    bob = await sign_up(site.address, "bob")
    async with httpx.AsyncClient(
        base_url=site.address, trust_env=False, follow_redirects=True, timeout=PATIENCE
    ) as other:
        await other.get("/accounts/login/")
        await post(other, "/accounts/login/", login="bob", password=PASSWORD)
        async with tab_of(other) as elsewhere, tab_of(bob) as tab:
            await post(
                other,
                "/accounts/password/change/",
                oldpassword=PASSWORD,
                password1="another reading room 8",
                password2="another reading room 8",
            )
            # The session that changed it has a new key from now on.
            assert await tab.close_code() == await elsewhere.close_code() == 4401
        async with tab_of(other) as again:
            await again.send(type="ping")
            await again.wait_for("pong")
        host = site.address.removeprefix("http://")
        cookie = {"Cookie": f"sessionid={bob.cookies['sessionid']}"}
        async with connect(f"ws://{host}/ws/", origin=site.address, additional_headers=cookie) as old:  # type: ignore[arg-type]
            await old.wait_closed()
            assert old.close_code == 4401


async def test_switching_an_account_off_closes_its_tabs(tmp_path: Path) -> None:
    site = Site(tmp_path).start()
    try:
        first = await sign_up(site.address, "alice")  # the administrator
        charlie = await sign_up(site.address, "charlie")
        async with tab_of(charlie) as tab:
            answer = await post(first, "/admin/conversations/user/", action="deactivate", _selected_action="2")
            assert answer.status_code == 200
            assert await tab.close_code() == 4401
    finally:
        site.close()
