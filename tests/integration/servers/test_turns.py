"""One turn at a time at a real server: ten prompts of one person delay another's by at most one turn."""

from __future__ import annotations

from pathlib import Path

from tests.integration.conftest import MODEL
from tests.sites import Site
from tests.tab import Event, Tab, sign_up, tab_of
from tests.upstream import Call, Plan, Upstream

PROMPTS = 10


def said(call: Call) -> str:
    return str(call.value["messages"][-1]["content"])


async def ended(tab: Tab, asked: Event) -> None:
    """Wait until the sidebar says that nothing is written there any more."""
    await tab.saw(
        "conversation.changed",
        lambda event: event["conversation"] == asked["conversation"] and not event["generating"],
    )


async def test_ten_prompts_of_one_delay_anothers_by_one_turn(tmp_path: Path, upstream: Upstream) -> None:
    site = Site(tmp_path, OLLAMA_HOST=upstream.address, OLLAMA_NUM_PARALLEL="1").start()
    upstream.plan(Plan("held", hold=0), *(Plan("done") for _ in range(PROMPTS)))
    try:
        alice, bob = [await sign_up(site.address, name) for name in ("alice", "bob")]
        async with tab_of(alice) as tab, tab_of(bob) as other:
            mine = [await tab.ask(f"alice {n}", model=MODEL) for n in range(PROMPTS)]
            await upstream.asked()
            his = (await other.ask("bob", model=MODEL))["messages"][1]["id"]
            place = await other.saw("reply.phase", lambda event: event["reply"] == his and event["position"])
            assert place["position"] == 2
            # One that waits is given up, and its place with it.
            await tab.send(type="stop", reply=mine[-1]["messages"][1]["id"], shown=0)
            await ended(tab, mine[-1])
            upstream.release()
            assert (await other.wait_for("reply.finished"))["state"] == "complete"
            for one in mine:
                await ended(tab, one)
        asked = [said(call) for call in upstream.questions]
        assert asked == ["alice 0", "alice 1", "bob", *(f"alice {n}" for n in range(2, PROMPTS - 1))]
        titles = [index for index, call in enumerate(upstream.chats) if call.is_title]
        assert not titles or titles[0] >= PROMPTS, "titles are nobody's turn while somebody waits"
    finally:
        site.close()
