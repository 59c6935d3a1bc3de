"""What is installed, loaded and shown, what changes it, and the one-shot calls, against real HTTP."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.backends.base import BackendError, BackendRefused, Delta, Finish
from conversations.backends.library import EmbedRequest, GenerateRequest, LibraryBackend, RunningModel, library_of
from conversations.backends.ollama import OllamaBackend
from conversations.backends.openai import OpenAIBackend
from tests.upstream import Plan, Transfer, Upstream

GIGABYTE = 10**9


async def generated(library: LibraryBackend, **fields: Any) -> tuple[str, str, Finish]:
    """The text, the thinking and the end of a `generate`."""
    text = thinking = ""
    finish = None
    async with aclosing(
        library.generate(GenerateRequest(**{"model_name": "tiny", "prompt": "Hello", **fields}))
    ) as events:
        async for event in events:
            if isinstance(event, Delta):
                text, thinking = text + event.content, thinking + event.thinking
            elif isinstance(event, Finish):
                finish = event
    assert finish is not None
    return text, thinking, finish


async def test_the_list_tells_what_a_person_chooses_by(library: LibraryBackend) -> None:
    models = {model.name: model for model in await library.installed()}
    tiny = models["tiny:latest"]
    assert (tiny.size, tiny.quantization, tiny.parameter_size) == (291_554_930, "Q4_K_M", "0.3B")
    assert tiny.context_length == 131072
    assert tiny.modified_at == datetime(2026, 11, 20, 8, 12, 44, 123456, tzinfo=UTC)
    assert len(tiny.digest) == 64
    assert models["qwen3:8b"].capabilities == frozenset({"completion", "tools", "thinking"})


async def test_an_older_servers_list_is_completed(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.capabilities_in_tags = False
    models = {model.name: model for model in await library.installed()}
    assert models["nomic-embed-text:latest"].capabilities == frozenset({"embedding"})
    assert models["nomic-embed-text:latest"].context_length == 2048


async def test_loading_and_unloading_is_seen_in_what_runs(upstream: Upstream, library: LibraryBackend) -> None:
    assert await library.running() == []
    for name in ("tiny:latest", "nomic-embed-text:latest"):
        await library.load(name, "30m")
        [running] = await library.running()
        assert running.name == name
        assert running.processor == "50%/50% CPU/GPU"
        assert running.expires_at is None  # for good
        await library.unload(name)
        assert await library.running() == []
    assert upstream.calls[1].value == {"model": "tiny:latest", "messages": [], "keep_alive": "30m"}


@pytest.mark.parametrize(
    ("vram", "words"),
    [(0, "100% CPU"), (GIGABYTE, "100% GPU"), (520_000_000, "48%/52% CPU/GPU"), (2 * GIGABYTE, "100% GPU")],
)
def test_the_processor_split_reads_as_ollama_prints_it(vram: int, words: str) -> None:
    assert RunningModel("m", GIGABYTE, vram).processor == words


async def test_show_leaves_out_what_nobody_reads(library: LibraryBackend) -> None:
    shown = await library.show("tiny")
    assert shown.tensors == 300
    assert shown.info["llama.context_length"] == 131072
    assert "tokenizer.ggml.tokens" not in shown.info
    assert shown.license.startswith("LLAMA 3.2")


async def test_a_copy_is_a_second_name_and_deleting_takes_it_away(library: LibraryBackend) -> None:
    await library.copy("tiny", "wee")
    assert "wee:latest" in [model.name for model in await library.installed()]
    await library.delete("wee")
    assert "wee:latest" not in [model.name for model in await library.installed()]


@pytest.mark.parametrize("call", ["show", "load", "delete", "copy"])
async def test_a_model_that_is_not_there_is_missing(library: LibraryBackend, call: str) -> None:
    arguments = ("ghost", "new") if call == "copy" else ("ghost",)
    with pytest.raises(BackendRefused) as caught:
        await getattr(library, call)(*arguments)
    assert caught.value.code == "model_missing"


async def test_vectors_come_in_the_order_of_the_texts(upstream: Upstream, library: LibraryBackend) -> None:
    both = await library.embed(EmbedRequest("nomic-embed-text", ["one", "two words"], dimensions=4))
    [single] = (await library.embed(EmbedRequest("nomic-embed-text", ["two words"], dimensions=4))).vectors
    assert both.vectors[1] == single
    assert len(single) == 4
    assert both.prompt_tokens == 3
    assert upstream.calls[0].value == {"model": "nomic-embed-text", "input": ["one", "two words"], "dimensions": 4}


async def test_a_model_that_cannot_embed_says_so(library: LibraryBackend) -> None:
    with pytest.raises(BackendError) as caught:
        await library.embed(EmbedRequest("tiny", ["one"]))
    assert "does not support embeddings" in caught.value.detail


async def test_generate_streams_text_and_thinking(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.plan(Plan("Good morning", thinking="Let me see"))
    text, thinking, finish = await generated(library, options={"seed": 7, "temperature": 0}, keep_alive="5m")
    assert (text, thinking) == ("Good morning", "Let me see")
    assert (finish.reason, finish.prompt_tokens) == ("stop", 26)
    sent = upstream.calls[0].value
    assert sent["options"] == {"seed": 7, "temperature": 0}
    assert set(sent) == {"model", "prompt", "stream", "options", "keep_alive"}


async def test_every_field_of_generate_arrives(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.models = [*upstream.models]
    schema = {"type": "object"}
    fields = {"system": "Be brief", "template": "{{ .Prompt }}", "format": schema, "truncate": False, "shift": False}
    await generated(library, **fields, images=("aGk=",), logprobs=2)
    sent = upstream.calls[0].value
    assert {key: sent[key] for key in fields} == fields
    assert (sent["images"], sent["logprobs"], sent["top_logprobs"]) == (["aGk="], True, 2)


async def test_generate_refusals_are_the_servers(library: LibraryBackend) -> None:
    for fields in ({"suffix": "}"}, {"raw": True, "system": "x"}):
        with pytest.raises(BackendRefused) as caught:
            await generated(library, **fields)
        assert caught.value.code == "refused"


@pytest.mark.parametrize(("plan", "code"), [
    (Plan(stop_after=2, end="error"), "upstream_error"),
    (Plan(stop_after=2, end="eof"), "upstream_lost"),
    (Plan(stop_after=2, end="reset"), "upstream_lost"),
])  # fmt: skip
async def test_generate_that_breaks_off_says_why(
    upstream: Upstream, library: LibraryBackend, plan: Plan, code: str
) -> None:
    upstream.plan(plan)
    with pytest.raises(BackendError) as caught:
        await generated(library)
    assert caught.value.code == code


async def test_letting_go_of_generate_closes_the_connection(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.plan(Plan(hold=2))
    async with aclosing(library.generate(GenerateRequest("tiny", "Hello"))) as events:
        await anext(events)
    await upstream.closed()


async def test_an_openai_server_embeds_generates_and_refuses_the_rest(upstream: Upstream) -> None:
    backend = OpenAIBackend(address=f"{upstream.address}/v1")
    library = library_of(backend)
    try:
        assert "tiny:latest" in [model.name for model in await library.installed()]
        found = await library.embed(EmbedRequest("nomic-embed-text", ["one", "two"]))
        assert found.vectors[0] == (await library.embed(EmbedRequest("m", ["one"]))).vectors[0]
        text, _, _ = await generated(library, model_name="tiny:latest", system="Be brief")
        assert text == "Yes, that works."
        for refused in (library.show("tiny"), library.load("tiny"), library.delete("tiny")):
            with pytest.raises(BackendRefused) as caught:
                await refused
            assert caught.value.code == "library_unsupported"
    finally:
        await backend.aclose()


async def test_a_key_goes_with_every_call_and_is_in_no_error(upstream: Upstream) -> None:
    secret = "sk-quiet-reading-room"
    backend = OllamaBackend(address=upstream.address, api_key=secret)
    library = library_of(backend)
    upstream.plan(Plan(stop_after=1, end="error", error=f"who is {secret}?"))
    upstream.plan_transfers(Transfer(stop_after=1, error=f"unknown user {secret}"))
    try:
        await library.installed()
        with pytest.raises(BackendError) as generating:
            await generated(library)
        with pytest.raises(BackendError) as pulling:
            async for _progress in library.pull("gemma3:1b"):
                pass
    finally:
        await backend.aclose()
    assert {call.headers.get("authorization") for call in upstream.calls} == {f"Bearer {secret}"}
    assert secret not in generating.value.detail + pulling.value.detail
