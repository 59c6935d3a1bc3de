"""The same loop on a server that speaks the OpenAI protocol, whose models do not say what they can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.tooling.conftest import SetUp, stored, until_the_end
from tests.sites import Site
from tests.tab import Tab
from tests.upstream import Upstream

MODEL = {"backend": "openai", "name": "llama3.2:latest"}
SUM = 'call calculator {"expression": "6 * 7"}'


@pytest.fixture(params=["ollama", "llama.cpp"])
def upstream(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    with Upstream(rate=50, dialect=request.param) as upstream:
        yield upstream


@pytest.fixture
def site(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path, OPENAI_BASE_URL=upstream.address) as site:
        yield site


async def test_calls_are_carried_out_and_their_results_are_read(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream, weather: SetUp
) -> None:
    await weather()
    text = f'{SUM} and call weather_forecast {{"city": "Bonn"}}'
    first = await tab.ask(text, model=MODEL, tools=["calculator", "mcp:weather"])
    finished = await until_the_end(tab)
    read = [line.partition(" answered: ")[2] for line in tab.texts[finished["reply"]].splitlines()]
    assert read == ["42", "Bonn: sunny for 1 days"]
    rows = await stored(alice, first["conversation"])
    assert [row["role"] for row in rows] == ["user", "assistant", "tool", "tool", "assistant"]
    _said, asking, *results = upstream.chats[1].value["messages"]
    assert json.loads(asking["tool_calls"][0]["function"]["arguments"]) == {"expression": "6 * 7"}
    assert [each["tool_call_id"] for each in results] == [each["id"] for each in asking["tool_calls"]]


async def test_arguments_that_are_no_object_are_an_error_that_the_model_reads(
    tab: Tab, alice: httpx.AsyncClient
) -> None:
    first = await tab.ask('call calculator {"expression": 6 *', model=MODEL, tools=["calculator"])
    finished = await until_the_end(tab)
    call = (await stored(alice, first["conversation"]))[2]
    assert call["error"]["code"] == "tool_arguments"
    assert call["tool"]["arguments"].startswith('{"expression": 6 *')
    assert "not a JSON object" in tab.texts[finished["reply"]]
