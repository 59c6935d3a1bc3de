"""Jobs of a real site: seen by all who may, stopped and resumed, alive beyond their page, interrupted by a restart."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sites import Site
from tests.tab import PATIENCE, post, sign_up
from tests.upstream import Transfer, Upstream
from tests.upstream.transfers import STEPS

API = "/api/v1/library"
Job = dict[str, Any]


async def jobs(client: httpx.AsyncClient) -> list[Job]:
    found: list[Job] = (await client.get(f"{API}/jobs")).json()
    return found


async def until(client: httpx.AsyncClient, condition: Callable[[list[Job]], bool]) -> list[Job]:
    """Look at the jobs again and again, as the page does."""
    async with asyncio.timeout(PATIENCE):
        while not condition(found := await jobs(client)):  # noqa: ASYNC110 - a door that is polled
            await asyncio.sleep(0.05)
    return found


async def pull(client: httpx.AsyncClient, name: str) -> httpx.Response:
    return await post(client, "/library/pull/", backend="ollama", name=name)


def is_in(state: str, count: int = 1) -> Callable[[list[Job]], bool]:
    return lambda found: sum(job["state"] == state for job in found) == count


async def test_a_pull_goes_on_without_its_page_and_installs_the_model(
    alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan_transfers(Transfer(hold=STEPS))
    assert (await pull(alice, "gemma3:1b")).status_code == 204
    await upstream.until(lambda: any(call.sent == STEPS for call in upstream.calls))
    [running] = await until(alice, lambda found: bool(found[0]["completed"]))
    assert (running["state"], running["kind"], running["total"]) == ("running", "pull", 815_310_432)
    upstream.release()
    [done] = await until(alice, is_in("complete"))
    assert done["completed"] == done["total"]
    assert len(done["layers"]) == 3
    names = [model["name"] for model in (await alice.get(f"{API}/ollama/models")).json()]
    assert "gemma3:1b" in names


@pytest.mark.parametrize("hold", [1, 5, STEPS + 2])
async def test_stopping_closes_the_connection_and_resuming_goes_on(
    alice: httpx.AsyncClient, upstream: Upstream, hold: int
) -> None:
    upstream.plan_transfers(Transfer(hold=hold))
    await pull(alice, "gemma3:1b")
    await upstream.until(lambda: any(call.sent == hold for call in upstream.calls))
    [job] = await jobs(alice)
    await post(alice, f"/library/jobs/{job['id']}/stop/")
    await upstream.until(lambda: any(call.path == "/api/pull" and call.fate == "closed" for call in upstream.calls))
    [stopped] = await until(alice, is_in("stopped"))
    assert not stopped["error"]
    assert (await post(alice, f"/library/jobs/{job['id']}/resume/")).status_code == 204
    [done] = await until(alice, is_in("complete"))
    assert done["id"] == job["id"]


async def test_an_error_in_the_stream_is_told_in_plain_words(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(stop_after=5))
    await pull(alice, "gemma3:1b")
    [failed] = await until(alice, is_in("failed"))
    assert failed["error"] == "disk_full"
    assert failed["completed"] > 0
    page = (await alice.get("/library/jobs/")).text
    assert "The model server’s disk is full." in page
    assert "no space left on device" in page


async def test_a_lost_connection_is_an_interruption(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(stop_after=5, end="reset"))
    await pull(alice, "gemma3:1b")
    [lost] = await until(alice, is_in("interrupted"))
    assert lost["error"] == "transfer_lost"


async def test_two_run_side_by_side_and_the_same_only_once(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=2), Transfer(hold=2))
    await pull(alice, "gemma3:1b")
    await upstream.until(lambda: any(call.sent == 2 for call in upstream.calls))
    await pull(alice, "llava:7b")
    await pull(alice, "gemma3:1b")
    await until(alice, is_in("running", 2))
    await upstream.until(lambda: sum(call.sent == 2 for call in upstream.calls) == 2)
    upstream.release()
    await until(alice, is_in("complete", 2))
    assert len([call for call in upstream.calls if call.path == "/api/pull"]) == 2


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
async def test_a_restart_leaves_it_interrupted_and_one_click_resumes(
    site: Site, alice: httpx.AsyncClient, upstream: Upstream, ending: signal.Signals
) -> None:
    upstream.plan_transfers(Transfer(hold=9))
    await pull(alice, "gemma3:1b")
    await upstream.until(lambda: any(call.sent == 9 for call in upstream.calls))
    await until(alice, lambda found: bool(found[0]["completed"]))
    await asyncio.to_thread(site.stop, ending)
    await upstream.until(lambda: any(call.path == "/api/pull" and call.fate == "closed" for call in upstream.calls))
    site.start()
    [job] = await until(alice, is_in("interrupted"))
    assert job["error"] == "interrupted"
    await post(alice, f"/library/jobs/{job['id']}/resume/")
    await until(alice, is_in("complete"))


async def test_loading_and_unloading_from_the_page(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    await post(alice, "/library/ollama/load/", model="tiny:latest")
    await upstream.until(lambda: "tiny:latest" in upstream.loaded)
    page = (await alice.get("/library/ollama/models/")).text
    assert "50%/50% CPU/GPU" in page
    await post(alice, "/library/ollama/unload/", model="tiny:latest")
    assert not upstream.loaded


async def test_a_model_is_made_from_another_with_checked_parameters(
    alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    made = {"model": "tiny:latest", "name": "pirate", "system": "Arr", "parameters": "temperature 9\nfoo 1"}
    refused = await post(alice, "/library/ollama/create/", **made)
    assert refused.status_code == 422
    assert "“foo” is no parameter." in refused.text
    assert "from 0 to 5" in refused.text
    made["parameters"] = 'temperature 0.5\nstop "END"\nstop ###'
    assert (await post(alice, "/library/ollama/create/", **made)).status_code == 204
    await until(alice, is_in("complete"))
    sent = next(call.value for call in upstream.calls if call.path == "/api/create")
    assert sent["parameters"] == {"temperature": 0.5, "stop": ["END", "###"]}
    assert (sent["from"], sent["system"]) == ("tiny:latest", "Arr")


async def test_deleting_says_who_uses_it(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    assert "No conversation uses it." in (await alice.get("/library/ollama/delete/?model=tiny:latest")).text
    await post(alice, "/library/ollama/copy/", model="tiny:latest", name="wee")
    assert upstream.find("wee:latest")
    await post(alice, "/library/ollama/delete/", model="wee:latest")
    assert not upstream.find("wee:latest")


async def test_a_malformed_name_is_refused_before_the_server_sees_it(
    alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    refused = await pull(alice, "a b")
    assert refused.status_code == 422
    assert 'value="a b"' in refused.text
    assert not [call for call in upstream.calls if call.path == "/api/pull"]


async def test_others_see_the_models_and_change_nothing(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, upstream: Upstream
) -> None:
    page = await charlie.get("/library/")
    assert page.status_code == 200
    assert "Pull a model" not in page.text
    assert "tiny:latest" in (await charlie.get("/library/ollama/models/")).text
    for path in ("load", "unload", "push", "create", "copy", "delete"):
        answer = await post(charlie, f"/library/ollama/{path}/", model="tiny:latest", name="x")
        assert answer.status_code == 403, path
    for path in (
        "/library/jobs/",
        "/library/ollama/details/?model=tiny",
        f"{API}/jobs",
        f"{API}/ollama/show?model=tiny",
    ):
        assert (await charlie.get(path)).status_code == 403, path
    assert (await pull(charlie, "gemma3:1b")).status_code == 403
    assert not {"/api/pull", "/api/delete", "/api/copy", "/api/create"} & {call.path for call in upstream.calls}


async def test_an_unknown_backend_is_not_found(alice: httpx.AsyncClient) -> None:
    assert (await alice.get("/library/nowhere/models/")).status_code == 404
    assert (await alice.get(f"{API}/nowhere/models")).status_code == 404


async def test_a_server_that_only_lists_has_names_and_no_buttons(tmp_path: Path, upstream: Upstream) -> None:
    site = Site(tmp_path, OPENAI_BASE_URL=f"{upstream.address}/v1").start()
    try:
        dora = await sign_up(site.address, "dora")
        shelf = (await dora.get("/library/openai/models/")).text
        assert 'data-model="tiny:latest"' in shelf
        assert "<button" not in shelf
        refused = await post(dora, "/library/openai/load/", model="tiny:latest")
        assert "This model server has no way to do that." in refused.text
        assert 'value="openai"' not in (await dora.get("/library/")).text  # nothing can be pulled there
        await dora.aclose()
    finally:
        site.close()


async def test_a_server_that_is_down_is_told_in_its_own_section(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.stop()
    assert (await alice.get("/library/")).status_code == 200
    shelf = await alice.get("/library/ollama/models/")
    assert "The model server does not answer." in shelf.text
    answer = await alice.get(f"{API}/ollama/models")
    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_down")
