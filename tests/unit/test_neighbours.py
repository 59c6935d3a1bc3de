"""The layer between processes of one data folder, here between layers of one loop, on real sockets."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from conversations.live.neighbours import MOST_UNREAD, NeighbourLayer
from tests.layers import PATIENCE, heard, joining

Join = Callable[..., Awaitable[NeighbourLayer]]


@pytest.fixture
async def join(tmp_path: Path) -> AsyncIterator[Join]:
    async with joining(lambda: NeighbourLayer(folder=str(tmp_path / "live"))) as join:
        yield join
    assert not list((tmp_path / "live").iterdir())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells when another process has been heard
            await asyncio.sleep(0.005)


async def tell(layer: NeighbourLayer, group: str, others: int, **message: object) -> None:
    """Send when so many have said that they are in the group."""
    await until(lambda: sum(group in other.groups for other in layer._neighbours.values()) == others)
    await layer.group_send(group, message)


async def test_a_group_hears_what_is_said_to_it_and_nothing_else(join: Join) -> None:
    one, two, three = await join("news"), await join("news"), await join("gossip")
    await tell(three, "news", 2, type="frame", text="ä\u2028\n")
    await tell(one, "gossip", 1, type="frame", text="for three")

    assert [await heard(one), await heard(two)] == [{"type": "frame", "text": "ä\u2028\n"}] * 2
    assert (await heard(three))["text"] == "for three"
    assert one._received.empty()


async def test_nobody_is_heard_any_more_who_left_the_group(join: Join) -> None:
    one, two = await join(), await join("news", "other")
    await until(lambda: any("news" in other.groups for other in one._neighbours.values()))
    await two.group_discard("news", "")
    await until(lambda: not any("news" in other.groups for other in one._neighbours.values()))
    await one.group_send("news", {"text": "unheard"})
    await tell(one, "other", 1, text="heard")

    assert (await heard(two))["text"] == "heard"


async def test_alone_there_are_no_neighbours_and_those_that_leave_are_forgotten(join: Join) -> None:
    one = await join()
    assert not one.has_neighbours
    two = await join()
    await until(lambda: one.has_neighbours and two.has_neighbours)
    await two.leave()
    await until(lambda: not one.has_neighbours)


async def test_who_comes_at_the_same_moment_is_connected_once(join: Join) -> None:
    layers = await asyncio.gather(*(join("news") for _ in range(5)))
    await tell(layers[0], "news", 4, text="once")
    await tell(layers[0], "news", 4, text="end")

    for layer in layers[1:]:
        assert [(await heard(layer))["text"], (await heard(layer))["text"]] == ["once", "end"]


async def test_the_socket_of_a_process_that_was_killed_is_cleared_away(join: Join, tmp_path: Path) -> None:
    await join()
    server = await asyncio.start_unix_server(lambda reader, writer: None, tmp_path / "live" / "dead")
    server.close()  # which leaves its file behind, as a killed process does
    await server.wait_closed()
    await join()

    assert not (tmp_path / "live" / "dead").exists()


async def test_one_that_sleeps_is_dropped_and_found_again_when_it_wakes(join: Join) -> None:
    one, two = await join(), await join("news")
    await until(lambda: any("news" in other.groups for other in one._neighbours.values()))
    (neighbour,) = one._neighbours.values()
    neighbour.writer.write(b" " * (MOST_UNREAD * 3))  # more than the kernel takes while nobody reads
    await one.group_send("news", {"text": "too much"})
    assert not one.has_neighbours

    await tell(one, "news", 1, text="awake")
    assert (await heard(two))["text"] == "awake"


async def test_nonsense_ends_a_connection_and_nothing_else(
    join: Join, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = await join("news"), await join("news")
    (path,) = [path for path in (tmp_path / "live").iterdir() if path.name == one._own]
    for nonsense in (b"no json\n", b"[]\n", b"5\n", b'{"hello": "../etc"}\n', b'{"hello": 7}\n', b"\xff\n"):
        _reader, writer = await asyncio.open_unix_connection(path)
        writer.write(nonsense)
        writer.close()
    await tell(two, "news", 1, text="still here")

    assert (await heard(one))["text"] == "still here"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_folder_may_lie_deeper_than_a_socket_can_name(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 60) / ("e" * 60) / "live"
    one, two = NeighbourLayer(folder=str(folder)), NeighbourLayer(folder=str(folder))
    await two.group_add("news", await two.new_channel())
    await one.new_channel()
    await tell(one, "news", 1, text="deep")
    assert (await heard(two))["text"] == "deep"
    for layer in (one, two):
        await layer.leave()
    assert not os.listdir(folder)


async def test_where_nobody_can_listen_there_are_no_neighbours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "live").write_text("a file")
    with caplog.at_level(logging.INFO):
        layer = NeighbourLayer(folder=str(tmp_path / "live"))
        await layer.new_channel()
    await layer.group_send("news", {"text": "to nobody"})

    assert not layer.has_neighbours
    assert "no neighbours" in caplog.text
    await layer.leave()
