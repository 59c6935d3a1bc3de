"""The figures: what is counted, the text they are told in, and those of several processes together."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest

from chatsite.health import figures, workers
from conversations.backends.base import Delta
from conversations.generation.engine import engine
from conversations.generation.live_reply import LiveReply
from conversations.ids import uuid7
from conversations.telemetry import measured
from conversations.telemetry.families import Counter, Family, Histogram, Sample, exposition
from conversations.telemetry.measured import EndedReply

_VALUE = r"(?:[-+]?[\d.]+(?:e[-+]?\d+)?|\+Inf|-Inf)"
_LINE = re.compile(rf'[a-z_]+(?:\{{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\}})? {_VALUE}')
"""Exposition format 0.0.4, "Comments, help text, and type information"."""


def test_the_text_is_in_the_format() -> None:
    asked, waited = Counter("asked_total", "Asked\nor\\not.", "who"), Histogram("waited_seconds", "Waited.", (0.5, 2))
    asked.add('a "b" \\ \n', by=2)
    for value in (0.5, 0.6, 7):
        waited.saw(value)

    assert exposition([asked.family({("c",): 3}), waited.family()]).splitlines() == [
        "# HELP asked_total Asked\\nor\\\\not.",
        "# TYPE asked_total counter",
        'asked_total{who="a \\"b\\" \\\\ \\n"} 2',
        'asked_total{who="c"} 3',
        "# HELP waited_seconds Waited.",
        "# TYPE waited_seconds histogram",
        'waited_seconds_bucket{le="0.5"} 1',
        'waited_seconds_bucket{le="2"} 2',
        'waited_seconds_bucket{le="+Inf"} 3',
        "waited_seconds_sum 8.1",
        "waited_seconds_count 3",
    ]
    assert exposition([Family("x", "gauge", "X.", [Sample(-math.inf), Sample(1e-7)])]).endswith("x -Inf\nx 1e-07\n")


def test_a_method_that_somebody_made_up_is_no_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "requests", Counter("requests_total", "", "method", "status"))
    for method in ("GET", "A1", "A2"):
        measured.request_answered(method, 200)

    assert [each.labels["method"] for each in measured.requests.family().samples] == ["GET", "other"]


async def test_a_running_reply_shows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    live, waiting = LiveReply(1, uuid7(), 1), LiveReply(2, uuid7(), 1)
    live.server = waiting.server = "figures"
    live.append(Delta("one two", pieces=2))
    live.asked_at -= 60
    monkeypatch.setattr(engine.runner, "_replies", {1: live, 2: waiting})
    monkeypatch.setattr(engine.runner, "_queues", {})
    engine.runner.queue("figures").take()
    lines = exposition(figures.families()).splitlines()

    assert all(_LINE.fullmatch(line) for line in lines if not line.startswith("#")), lines
    values = {re.sub(r',?worker="\d+"', "", line.rpartition(" ")[0]): line.rpartition(" ")[2] for line in lines}
    assert values['chatsite_reply_tokens_total{backend="figures"}'] == "2"
    assert values['chatsite_replies_running{state="streaming"}'] == "1"
    assert values['chatsite_replies_running{state="queued"}'] == "1"
    assert values['chatsite_queue_running{backend="figures"}'] == "1"
    assert values['chatsite_backend_up{backend="eliza"}'] == "1"
    assert float(values["chatsite_checkpoint_lag_seconds{}"]) >= 60
    assert float(values["process_resident_memory_bytes{}"]) > 1e7


def test_an_ended_reply_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "speed", Histogram("speed", "", (10, 20), "backend"))
    monkeypatch.setattr(measured, "first_token", Histogram("first", "", (1,), "backend"))
    measured.reply_ended(EndedReply(1, "complete", "counted", 16, 500, 1500))
    measured.reply_ended(EndedReply(2, "failed", "counted", 0, None, 20, "upstream_down"))

    assert [each.value for each in measured.speed.family().samples] == [0, 1, 1, 15.0, 1]
    assert [each.value for each in measured.first_token.family().samples] == [1, 1, 0.5, 1]
    states = {each.labels["state"] for each in measured.replies.family().samples if each.labels["backend"] == "counted"}
    assert states == {"complete", "failed"}


async def test_one_process_answers_for_all(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(workers, "SECONDS", 60.0)  # a machine that stands still for a moment leaves nobody out
    other = Family("chatsite_sockets", "gauge", "x", [Sample(7, {"worker": "other"})])

    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps([other.plain()]).encode())
        writer.close()

    await workers.listen()
    neighbour, killed = workers._socket(2), workers._socket(3)
    elsewhere, left = (neighbour.with_name(f"{place}-2.sock") for place in ("0", "1"))
    killed.write_bytes(b"")
    async with await asyncio.start_unix_server(tell, neighbour), await asyncio.start_unix_server(tell, elsewhere):
        text = exposition(await workers.everybodys())
        own = await workers._ask(workers._socket(os.getpid()))
        left.write_bytes(b"")
        os.utime(left, (0, 0))
        await workers.listen()
        assert set(left.parent.glob("*.sock")) == {workers._socket(os.getpid()), neighbour, elsewhere}
    workers.leave()

    assert text.count("# TYPE chatsite_sockets") == 1
    assert 'chatsite_sockets{worker="other"} 7' in text
    assert {family.name for family in own} == {family.name for family in figures.families()}
    assert text.count('worker="other"') == 1, "one of elsewhere may have the same number"
    assert not workers._socket(os.getpid()).exists()


def test_the_page_lists_exactly_the_figures() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    listed = dict(re.findall(r"^\| `((?:chatsite|process)_\w+)` .*?\| (\w+) \|", page, re.MULTILINE))
    assert listed == {family.name: family.kind for family in figures.families()}
