"""The library for programs: through real HTTP, with a token, problem documents for everything that goes wrong."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.sites import ROOT, Site
from tests.tab import PATIENCE
from tests.upstream import Plan, Transfer, Upstream

API = "/api/v1/library"


def token(site: Site, person: httpx.AsyncClient, name: str, *scopes: str) -> httpx.AsyncClient:
    """A program of the person's."""
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    command = [sys.executable, "manage.py", "token", "make", name, "test", *(f"--scope={scope}" for scope in scopes)]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    return httpx.AsyncClient(base_url=person.base_url, headers=headers, trust_env=False, timeout=PATIENCE)


async def name_of(person: httpx.AsyncClient) -> str:
    page = (await person.get("/account/")).text
    return page.partition('<p dir="auto">')[2].partition("<")[0]


@pytest.fixture
async def program(site: Site, alice: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with token(site, alice, await name_of(alice), "read", "write", "admin") as program:
        yield program


@pytest.fixture
async def stranger(site: Site, charlie: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with token(site, charlie, await name_of(charlie)) as program:
        yield program


async def done(program: httpx.AsyncClient, answer: httpx.Response) -> dict[str, Any]:
    """The job that the answer tells of, when it has ended."""
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    async with asyncio.timeout(PATIENCE):
        while job["state"] == "running":
            await asyncio.sleep(0.05)
            job = (await program.get(f"{API}/jobs/{job['id']}")).json()
    return job


async def test_every_change_by_a_program(program: httpx.AsyncClient, upstream: Upstream) -> None:
    pulled = await done(program, await program.post(f"{API}/ollama/pull", json={"model": "gemma3:1b"}))
    assert (pulled["state"], pulled["completed"]) == ("complete", pulled["total"])
    made = {"model": "pirate", "source": "gemma3:1b", "system": "Arr", "parameters": {"temperature": 0.2}}
    assert (await done(program, await program.post(f"{API}/ollama/create", json=made)))["state"] == "complete"
    shown = (await program.get(f"{API}/ollama/show", params={"model": "pirate"})).json()
    assert (shown["system"], shown["capabilities"]) == ("Arr", ["completion"])
    copied = await program.post(f"{API}/ollama/copy", json={"source": "pirate", "name": "alice/pirate"})
    assert copied.status_code == 204
    pushed = await program.post(f"{API}/ollama/push", json={"model": "alice/pirate"})
    assert (await done(program, pushed))["state"] == "complete"
    loaded = await program.post(f"{API}/ollama/load", json={"model": "pirate", "keep_alive": "30m"})
    assert (await done(program, loaded))["state"] == "complete"
    [running] = (await program.get(f"{API}/ollama/running")).json()
    assert (running["name"], running["processor"]) == ("pirate:latest", "50%/50% CPU/GPU")
    assert (await program.post(f"{API}/ollama/unload", json={"model": "pirate"})).status_code == 204
    assert (await program.get(f"{API}/ollama/running")).json() == []
    assert (await program.post(f"{API}/ollama/delete", json={"model": "pirate"})).status_code == 204
    names = [model["name"] for model in (await program.get(f"{API}/ollama/models")).json()]
    assert "alice/pirate:latest" in names
    assert "pirate:latest" not in names


async def test_a_job_is_stopped_resumed_and_forgotten(program: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=4))
    job = (await program.post(f"{API}/ollama/pull", json={"model": "gemma3:1b"})).json()
    await upstream.until(lambda: any(call.sent == 4 for call in upstream.calls))
    path = f"{API}/jobs/{job['id']}"
    assert (await program.delete(path)).status_code == 204
    assert (await program.get(path)).json()["state"] == "running"  # what runs is not forgotten
    await program.post(f"{path}/stop")
    await upstream.until(lambda: any(call.path == "/api/pull" and call.fate == "closed" for call in upstream.calls))
    assert (await done(program, await program.post(f"{path}/resume")))["state"] == "complete"
    assert (await program.delete(path)).status_code == 204
    assert (await program.get(path)).status_code == 404


async def test_embed_and_generate_are_for_everybody(stranger: httpx.AsyncClient, upstream: Upstream) -> None:
    texts = {"model": "nomic-embed-text", "input": ["one", "two"], "dimensions": 4}
    found = (await stranger.post(f"{API}/ollama/embed", json=texts)).json()
    assert [len(vector) for vector in found["embeddings"]] == [4, 4]
    upstream.plan(Plan("Good morning", thinking="Hm"), Plan("Good night"))
    asked = {"model": "tiny", "prompt": "Hello", "options": {"seed": 7, "temperature": 0}, "format": "json"}
    answer = (await stranger.post(f"{API}/ollama/generate", json=asked)).json()
    assert (answer["response"], answer["thinking"], answer["reason"]) == ("Good morning", "Hm", "stop")
    sent = next(call.value for call in upstream.calls if call.path == "/api/generate")
    assert (sent["options"], sent["format"]) == ({"seed": 7, "temperature": 0}, "json")
    streamed = await stranger.post(f"{API}/ollama/generate", json={**asked, "stream": True})
    lines = [json.loads(line) for line in streamed.text.splitlines()]
    assert "".join(line.get("response", "") for line in lines) == "Good night"
    assert lines[-1]["done"] is True


async def test_a_stream_that_breaks_off_ends_with_its_error(program: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan(Plan(stop_after=2, end="error"))
    answer = await program.post(f"{API}/ollama/generate", json={"model": "tiny", "prompt": "x", "stream": True})
    last = json.loads(answer.text.splitlines()[-1])
    assert last["error"] == "upstream_error"
    assert "CUDA" in last["detail"]


async def test_leaving_a_stream_stops_the_server(program: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan(Plan(hold=2))
    body = {"model": "tiny", "prompt": "x", "stream": True}
    async with program.stream("POST", f"{API}/ollama/generate", json=body) as answer:
        await anext(answer.aiter_bytes())
    await upstream.closed()


async def test_without_the_right_nothing_changes(stranger: httpx.AsyncClient, upstream: Upstream) -> None:
    for path in ("pull", "push", "load", "unload", "delete", "create"):
        body = {"model": "tiny", "source": "tiny"}
        answer = await stranger.post(f"{API}/ollama/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope"), path
    assert (await stranger.post(f"{API}/ollama/copy", json={"source": "tiny", "name": "x"})).status_code == 403
    assert (await stranger.get(f"{API}/ollama/models")).status_code == 200


async def test_a_session_alone_changes_nothing(alice: httpx.AsyncClient) -> None:
    answer = await alice.post(f"{API}/ollama/delete", json={"model": "tiny"})
    assert answer.status_code == 401


async def test_what_is_not_offered_is_there_for_those_who_manage_it_only(
    program: httpx.AsyncClient, stranger: httpx.AsyncClient, upstream: Upstream
) -> None:
    changed = await program.patch("/api/v1/backends/ollama", json={"models_offered": ["tiny"]})
    assert changed.status_code == 200, changed.text
    path, body = f"{API}/ollama/generate", {"model": "llama3.2", "prompt": "x"}
    async with asyncio.timeout(PATIENCE):
        while (refused := await stranger.post(path, json=body)).status_code == 200:  # noqa: ASYNC110 - until it is known
            await asyncio.sleep(0.05)
    assert refused.json()["code"] == "model_missing"
    assert (await stranger.post(path, json={**body, "model": "tiny"})).status_code == 200
    assert [model["name"] for model in (await stranger.get(f"{API}/ollama/models")).json()] == ["tiny:latest"]
    assert len((await program.get(f"{API}/ollama/models")).json()) == len(upstream.models)
