"""Trying a model from its page: streamed by a real site from a real server, stopped with the page, nothing stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.sites import Site
from tests.tab import post, sign_up
from tests.upstream import Plan, Transfer, Upstream
from tests.upstream.models import Model

PROMPT = "/library/ollama/try/generate/"
TEXTS = "/library/ollama/try/embed/"
TINY = {"model": "tiny:latest"}
NOMIC = {"model": "nomic-embed-text:latest"}


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    first, *rest = [json.loads(line) for line in answer.text.splitlines()]
    assert first == {"phase": "waiting"}
    return rest


def asked(upstream: Upstream, path: str) -> list[dict[str, Any]]:
    return [call.value for call in upstream.calls if call.path == path]


async def test_a_prompt_goes_up_with_what_was_set_and_comes_back_in_lines(
    alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan("Good morning", thinking="Hm"))
    fields = {"prompt": " Hello ", "options": "seed 7\ntemperature 0", "format": "json", "template": "{{ .Prompt }}"}
    told = lines(await post(alice, PROMPT, **TINY, **fields, system="Be brief", keep_alive="5m"))
    assert "".join(line.get("response", "") for line in told) == "Good morning"
    assert "".join(line.get("thinking", "") for line in told) == "Hm"
    assert (told[-1]["done"], told[-1]["reason"]) == (True, "stop")
    assert {"reply_tokens", "tokens_per_second", "total_ms"} <= told[-1]["metrics"].keys()
    [sent] = asked(upstream, "/api/generate")
    assert (sent["prompt"], sent["system"], sent["template"]) == (" Hello ", "Be brief", "{{ .Prompt }}")
    assert (sent["options"], sent["format"], sent["keep_alive"]) == ({"seed": 7, "temperature": 0}, "json", "5m")
    assert not {"suffix", "raw", "think", "images"} & sent.keys()
    assert (await alice.get("/api/v1/conversations")).json()["items"] == []

    assert 'name="suffix"' not in (await alice.get("/library/ollama/try/", params=TINY)).text
    upstream.models.append(Model("coder:latest", ("completion", "insert")))
    coder = {"model": "coder:latest"}  # not listed yet: nobody knows what it cannot do
    assert 'name="suffix"' in (await alice.get("/library/ollama/try/", params=coder)).text
    lines(await post(alice, PROMPT, **coder, prompt="def f():", suffix="return x"))
    assert asked(upstream, "/api/generate")[-1]["suffix"] == "return x"

    fields = {"texts": "one\n\n  two \r\nthree", "dimensions": "4"}
    [vectors] = lines(await post(alice, TEXTS, **NOMIC, **fields))
    assert [len(vector) for vector in vectors["embeddings"]] == [4, 4, 4]
    assert vectors["metrics"] == {"prompt_tokens": 3, "total_ms": 14.143917}
    [sent] = asked(upstream, "/api/embed")
    assert (sent["input"], sent["dimensions"], sent["truncate"]) == (["one", "two", "three"], 4, False)


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_asked(
    alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    wrong = {"options": "temperature 9", "format": '{"type": 3}', "keep_alive": "soon"}
    refused = await post(alice, PROMPT, **TINY, prompt="Keep these words", **wrong)
    assert refused.status_code == 422
    for words in ("from 0 to 5", "Has to be one of", "“Keep loaded” takes", "Keep these words</textarea>"):
        assert words in refused.text
    many = await post(alice, TEXTS, **NOMIC, texts="\n".join(map(str, range(51))))
    assert (many.status_code, "At most 50 texts" in many.text) == (422, True)
    elsewhere = await alice.post(PROMPT, data={**TINY, "prompt": "x"})  # without the token of our pages
    assert elsewhere.status_code == 403
    assert not asked(upstream, "/api/generate") + asked(upstream, "/api/embed")


async def test_an_error_after_the_beginning_is_the_last_line_in_plain_words(
    alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(stop_after=2, end="error"))
    told = lines(await post(alice, PROMPT, **TINY, prompt="x"))
    assert told[0]["response"]
    assert (told[-1]["error"], told[-1]["title"]) == ("upstream_error", "The model server reported an error.")
    assert "CUDA" in told[-1]["detail"]
    upstream.stop()
    [down] = lines(await post(alice, TEXTS, **NOMIC, texts="x"))
    assert down["title"] == "The model server does not answer."


async def test_leaving_closes_the_connection(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    for place, hold in enumerate((0, 2), start=1):
        upstream.plan(Plan(hold=hold))
        await _leave(alice, upstream, PROMPT, "/api/generate", place, **TINY, prompt="x")
    upstream.plan_transfers(Transfer(hold=0))
    await _leave(alice, upstream, TEXTS, "/api/embed", 1, **NOMIC, texts="x")


async def _leave(client: httpx.AsyncClient, upstream: Upstream, path: str, up: str, count: int, **fields: str) -> None:
    def calls(*fates: str) -> int:
        return sum(call.path == up and call.fate in fates for call in upstream.calls)

    headers = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": str(client.base_url)}
    async with client.stream("POST", path, data=fields, headers=headers) as answer:
        assert answer.status_code == 200
        await upstream.until(lambda: calls("running", "closed") == count)
    await upstream.until(lambda: calls("closed") == count)


async def test_what_is_not_there_or_not_offered_is_not_found(
    alice: httpx.AsyncClient, charlie: httpx.AsyncClient, upstream: Upstream
) -> None:
    for path in ("nowhere/try/?model=tiny", "eliza/try/?model=eliza", "ollama/try/", "ollama/try/?model=a%0ab"):
        assert (await charlie.get(f"/library/{path}")).status_code == 404, path
    both_ways = "/library/ollama/try/?as=embed&model="
    assert (await charlie.get(both_ways + "tiny:latest")).status_code == 404
    assert (await charlie.get(both_ways + NOMIC["model"])).status_code == 200
    assert (await post(charlie, TEXTS, **TINY, texts="x")).status_code == 404
    await charlie.post("/accounts/logout/", headers={"X-CSRFToken": charlie.cookies["csrftoken"]})
    refused = await charlie.post(PROMPT, data={**TINY, "prompt": "x"}, headers={"Accept": "*/*"})
    assert refused.status_code in (401, 403)
    assert not asked(upstream, "/api/generate") + asked(upstream, "/api/embed")


async def test_a_hosted_server_is_tried_with_what_it_has(tmp_path: Path, upstream: Upstream) -> None:
    site = Site(tmp_path, OPENAI_BASE_URL=f"{upstream.address}/v1").start()
    try:
        dora = await sign_up(site.address, "dora")
        shelf = (await dora.get("/library/openai/models/")).text
        assert "/library/openai/try/?model=tiny%3Alatest" in shelf
        page = (await dora.get("/library/openai/try/", params=TINY)).text
        assert 'name="system"' in page
        assert not [name for name in ("suffix", "raw", "template", "keep_alive") if f'name="{name}"' in page]
        told = lines(await post(dora, "/library/openai/try/generate/", **TINY, prompt="Hello", system="Be brief"))
        assert told[-1]["done"]
        assert any(line.get("response") for line in told)
        [vectors] = lines(await post(dora, "/library/openai/try/embed/", **TINY, texts="one\ntwo"))
        assert len(vectors["embeddings"]) == 2
        await dora.aclose()
    finally:
        site.close()
