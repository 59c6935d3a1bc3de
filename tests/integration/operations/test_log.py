"""A session with faults, from signing up to a server that repeats what it was asked: the log has none of it."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.integration.conftest import MODEL
from tests.integration.operations.conftest import TOKEN
from tests.sites import Site
from tests.tab import PASSWORD, PATIENCE, post, sign_up, tab_of
from tests.upstream import Plan, Upstream

SAID, ANSWERED, TITLE = "zebra crossing moonlight", "quagga answers twice", "Gazelle title"
RESET_KEY = "4-cx8k2f-0123456789abcdef0123456789abcdef"


async def test_a_whole_session_leaves_nothing_of_it_in_the_log(site: Site, upstream: Upstream) -> None:
    alice = await sign_up(site.address, "alice")
    # The failure comes first: after the first whole reply a title is asked for, which could take the next plan.
    upstream.plan(Plan(status=500, body=json.dumps({"error": f"cannot do: {SAID}"}).encode()))
    async with tab_of(alice) as tab:
        asked = await tab.ask(SAID, model=MODEL)
        conversation = asked["conversation"]
        assert (await tab.wait_for("reply.finished"))["state"] == "failed"
        assert (await post(alice, f"/c/{conversation}/rename/", title=TITLE)).is_success
        upstream.plan(Plan(ANSWERED))
        await tab.send(type="regenerate", client_id=conversation, message=asked["messages"][1]["id"])
        assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    token = await _token(alice)
    async with httpx.AsyncClient(base_url=site.address, trust_env=False, timeout=PATIENCE) as program:
        program.headers["Authorization"] = f"Bearer {token}"
        listed = await program.get(f"/api/v1/conversations/{conversation}", headers={"X-Request-ID": "of-a-program"})
        missing = await program.get("/api/v1/conversations/01976a6e-7a00-7000-8000-000000000001")
        await program.get(f"/accounts/password/reset/key/{RESET_KEY}/")
        figures = await program.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.5"})
    await alice.aclose()
    site.stop()

    assert (listed.status_code, listed.headers["X-Request-ID"]) == (200, "of-a-program")
    assert missing.json()["request_id"] == missing.headers["X-Request-ID"]
    assert 'state="failed",backend="ollama"' in figures.text
    kept = [alice.cookies["sessionid"], alice.cookies["csrftoken"], token, PASSWORD, TOKEN, RESET_KEY]
    for word in (SAID, ANSWERED, TITLE, *SAID.split(), *kept):
        assert word not in site.output, word
    _check(_lines(site.output))


async def _token(alice: httpx.AsyncClient) -> str:
    page = await post(alice, "/account/tokens/", name="program", scopes="read")
    return page.text.partition("cs_")[1] + page.text.partition("cs_")[2].partition("<")[0].partition('"')[0].strip()


def _lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _check(lines: list[dict[str, Any]]) -> None:
    """The replies that a socket started have its number, and each request is there."""
    replies = [line for line in lines if line["logger"] == "chatsite.replies"]
    sockets = {line["request_id"] for line in lines if line.get("method") == "WEBSOCKET"}
    assert {line["request_id"] for line in replies} <= sockets
    assert [line["reply"]["state"] for line in replies] == ["failed", "complete"]
    assert replies[0]["reply"]["code"]
    asked = {(line.get("method"), line.get("path"), line.get("status")): line["request_id"] for line in lines}
    assert ("GET", "/accounts/password/reset/key/…/", 200) in asked
    assert "of-a-program" in asked.values()
