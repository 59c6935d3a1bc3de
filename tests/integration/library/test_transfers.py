"""Pulls, pushes and creates against real HTTP: their progress, every way to fail, and being let go of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from conversations.backends.base import BackendDown, BackendError, BackendLost, BackendRefused
from conversations.backends.library import CreateRequest, LibraryBackend, Progress
from conversations.faults import LIBRARY
from tests.upstream import Transfer, Upstream
from tests.upstream.transfers import STEPS, layers_of


async def outcome(transfer: AsyncGenerator[Progress, None]) -> tuple[list[Progress], BackendError | None]:
    """What was told, and the error at its end."""
    told: list[Progress] = []
    failure: BackendError | None = None
    try:
        async for progress in transfer:
            told += [progress]
    except BackendError as error:
        failure = error
    assert failure is None or failure.code in LIBRARY
    return told, failure


async def test_a_pull_tells_every_layer_and_installs_the_model(upstream: Upstream, library: LibraryBackend) -> None:
    told, error = await outcome(library.pull("gemma3:1b"))
    assert error is None
    statuses = list(dict.fromkeys(progress.status for progress in told if not progress.digest))
    assert statuses == ["pulling manifest", "verifying sha256 digest", "writing manifest", "success"]
    last = {progress.digest: progress for progress in told if progress.digest}
    sizes = [layer.size for layer in upstream.published["gemma3:1b"]]
    assert [(progress.completed, progress.total) for progress in last.values()] == [(size, size) for size in sizes]
    assert "gemma3:1b" in [model.name for model in await library.installed()]


async def test_a_first_line_without_numbers_is_none_completed(library: LibraryBackend) -> None:
    told, _ = await outcome(library.pull("gemma3:1b"))
    first = next(progress for progress in told if progress.digest)
    assert (first.completed, first.total) == (0, 815_310_432)


@pytest.mark.parametrize(
    ("transfer", "code", "kind"),
    [
        (Transfer(stop_after=5), "disk_full", BackendRefused),
        (Transfer(stop_after=5, error="digest mismatch, file must be downloaded again: want a, got b"),
         "digest_mismatch", BackendRefused),
        (Transfer(stop_after=1, error='Get "https://r/v2/": dial tcp: lookup r: no such host'), "registry_down",
         BackendRefused),
        (Transfer(stop_after=5, error="something new"), "upstream_error", BackendRefused),
        (Transfer(stop_after=5, end="eof"), "transfer_lost", BackendLost),
        (Transfer(stop_after=5, end="reset"), "transfer_lost", BackendLost),
        (Transfer(status=400, error="invalid model name"), "bad_name", BackendRefused),
        (Transfer(status=500, error="open /blobs: no space left on device"), "disk_full", BackendRefused),
    ],
)  # fmt: skip
async def test_a_pull_that_breaks_off_says_why(
    upstream: Upstream, library: LibraryBackend, transfer: Transfer, code: str, kind: type[BackendError]
) -> None:
    upstream.plan_transfers(transfer)
    _, error = await outcome(library.pull("gemma3:1b"))
    assert isinstance(error, kind)
    assert error.code == code
    assert "gemma3:1b" not in [model.name for model in await library.installed()]


async def test_an_unknown_model_is_no_server_error(library: LibraryBackend) -> None:
    _, error = await outcome(library.pull("nobody/nothing:7b"))
    assert error is not None
    assert (error.code, error.detail) == ("not_published", "pull model manifest: file does not exist")


async def test_a_second_pull_goes_on_where_the_first_broke_off(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.plan_transfers(Transfer(stop_after=9, end="reset"))
    first, _ = await outcome(library.pull("gemma3:1b"))
    second, error = await outcome(library.pull("gemma3:1b"))
    assert error is None
    begun = next(progress.completed for progress in second if progress.digest)
    assert begun >= max(progress.completed for progress in first) > 0


@pytest.mark.parametrize("hold", [1, 2, STEPS, STEPS + 1, STEPS + 2, STEPS + 3])
async def test_letting_go_at_any_point_closes_the_connection(
    upstream: Upstream, library: LibraryBackend, hold: int
) -> None:
    upstream.plan_transfers(Transfer(hold=hold))
    pulling = asyncio.create_task(outcome(library.pull("gemma3:1b")))
    await upstream.until(lambda: any(call.sent == hold for call in upstream.calls))
    pulling.cancel()
    await upstream.until(lambda: upstream.calls[-1].fate == "closed")
    with pytest.raises(asyncio.CancelledError):
        await pulling


async def test_closing_the_generator_closes_the_connection(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.plan_transfers(Transfer(hold=3))
    async with aclosing(library.pull("gemma3:1b")) as told:
        assert (await anext(told)).status == "pulling manifest"
    await upstream.until(lambda: upstream.calls[-1].fate == "closed")


async def test_two_pulls_go_on_side_by_side(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.plan_transfers(Transfer(hold=3), Transfer())
    held = asyncio.create_task(outcome(library.pull("llava:7b")))
    await upstream.until(lambda: any(call.sent == 3 for call in upstream.calls))
    assert (await outcome(library.pull("gemma3:1b")))[1] is None
    assert not held.done()
    upstream.release()
    assert (await held)[1] is None


@pytest.mark.parametrize(
    "name", ["", "a b", "-x", "a/b/c/d", "x:", ":latest", "x" * 81, "../etc", "a:b:c", "ü", "a//b"]
)
async def test_a_malformed_name_never_reaches_the_server(
    upstream: Upstream, library: LibraryBackend, name: str
) -> None:
    for transfer in (library.pull(name), library.push(name), library.create(CreateRequest(name, "tiny"))):
        _, error = await outcome(transfer)
        assert error is not None
        assert error.code == "bad_name"
    with pytest.raises(BackendRefused, match="bad_name"):
        await library.copy("tiny", name)
    assert not upstream.calls


async def test_a_push_needs_a_name_of_ones_own(upstream: Upstream, library: LibraryBackend) -> None:
    await library.copy("tiny", "alice/tiny")
    told, error = await outcome(library.push("alice/tiny"))
    assert error is None
    size = layers_of("alice/tiny:latest")[0].size
    assert max(progress.completed for progress in told) == size
    _, error = await outcome(library.push("tiny"))
    assert error is not None
    assert error.code == "registry_unauthorized"


async def test_a_push_of_what_is_not_there_says_so(library: LibraryBackend) -> None:
    _, error = await outcome(library.push("alice/nothing"))
    assert error is not None
    assert error.code == "model_missing"


async def test_create_carries_what_is_set_and_nothing_else(upstream: Upstream, library: LibraryBackend) -> None:
    request = CreateRequest("pirate", "tiny", system="Arr", parameters={"temperature": 0.2})
    told, error = await outcome(library.create(request))
    assert error is None
    assert told[-1].status == "success"
    sent = upstream.calls[-1].value
    assert sent == {
        "model": "pirate",
        "from": "tiny",
        "system": "Arr",
        "parameters": {"temperature": 0.2},
        "stream": True,
    }
    assert (await library.show("pirate")).system == "Arr"


async def test_a_broken_template_is_refused_in_the_servers_words(library: LibraryBackend) -> None:
    _, error = await outcome(library.create(CreateRequest("pirate", "tiny", template="{{ .Prompt")))
    assert error is not None
    assert error.code == "refused"
    assert "unclosed action" in error.detail


async def test_a_server_that_is_not_there_is_down(upstream: Upstream, library: LibraryBackend) -> None:
    upstream.stop()
    _, error = await outcome(library.pull("gemma3:1b"))
    assert isinstance(error, BackendDown)
