"""The number of a request: taken or made, told in the answer, kept by what the request starts."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import pytest
from django.test import RequestFactory

from chatsite.health.requests import NumberedRequests
from conversations.api.problems import Problem, problem_answer
from conversations.tasks import read, spawn
from conversations.telemetry.requests import discreet_path, request_id
from conversations.views import errors
from conversations.views.access import problem
from tests.unit.health.asking import ask, site

UUID = "01976a6e-7a00-7000-8000-000000000001"


@pytest.mark.parametrize("given", ["0af7651916cd43dd", "req.2026-11_21", "a" * 64])
async def test_a_number_that_is_one_is_kept(given: str) -> None:
    assert (await ask("/", app=NumberedRequests(site), x_request_id=given)).headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "two words here", "nul\x00nul\x00nul", "ünïcödeünïcöde", "../../../etc"]
)
async def test_what_is_none_is_replaced(given: str) -> None:
    found = (await ask("/", app=NumberedRequests(site), x_request_id=given)).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", found)


@pytest.mark.django_db
async def test_everything_that_it_starts_has_it() -> None:
    seen: dict[str, str] = {}

    async def work() -> None:
        await asyncio.sleep(0)
        seen["task"] = request_id.get()
        seen["thread"] = await read(request_id.get)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        seen["own"] = request_id.get()
        await spawn(work(), "work")

    answer = await ask("/", app=NumberedRequests(app), scope={"type": "websocket"}, x_request_id="number-0001")

    assert answer.headers["x-request-id"] == "number-0001"
    assert seen == {"own": "number-0001", "task": "number-0001", "thread": "number-0001"}
    assert request_id.get() == ""


async def test_the_problem_names_it() -> None:
    token = request_id.set("number-0002")
    try:
        for answer in (problem(404, "not_found", "x"), problem_answer(Problem(status=404, code="x", title="x"))):
            assert b'"request_id":"number-0002"' in answer.content.replace(b": ", b":")
        page = errors.server_error(RequestFactory().get("/", headers={"Accept": "text/html"}))
        assert b"number-0002" in page.content
    finally:
        request_id.reset(token)


@pytest.mark.parametrize("wanted", [True, False])
async def test_requests_are_logged_where_that_is_wanted(
    settings: Any, caplog: pytest.LogCaptureFixture, wanted: bool
) -> None:
    settings.LOG_REQUESTS = wanted
    with caplog.at_level(logging.INFO):
        await ask(f"/c/{UUID}/?q=secret", app=NumberedRequests(site), cookie="sessionid=secret")

    lines = [record.getMessage() for record in caplog.records if record.name == "chatsite.requests"]
    assert [re.sub(r"\d+ ms", "0 ms", line) for line in lines] == ([f"GET /c/{UUID}/ 404 0 ms"] if wanted else [])


def test_what_opens_something_by_itself_is_no_part_of_a_path() -> None:
    key = "4-cx8k2f-0123456789abcdef0123456789abcdef"
    assert discreet_path(f"/accounts/password/reset/key/{key}/") == "/accounts/password/reset/key/…/"
    assert discreet_path(f"/c/{UUID}/settings/") == f"/c/{UUID}/settings/"
