"""Every stream that servers are known to send, over real HTTP (protocol page §3.4, and §7 from 37 on)."""

from __future__ import annotations

import pytest

from conversations.backends.base import BackendError, Delta, Finish
from conversations.backends.openai import OpenAIBackend
from tests.integration.openai.outcomes import question
from tests.unit.openai.reading import Told
from tests.unit.openai.test_streams import STREAMS
from tests.upstream import Plan, Upstream


async def told(backend: OpenAIBackend) -> Told:
    """All of a reply."""
    deltas: list[Delta] = []
    finish, code, detail = None, "", ""
    try:
        async for event in backend.chat(question()):
            if isinstance(event, Delta):
                deltas.append(event)
            elif isinstance(event, Finish):
                assert finish is None
                finish = event
    except BackendError as error:
        code, detail = error.code, error.detail
    return Told(
        "".join(delta.content for delta in deltas),
        "".join(delta.thinking for delta in deltas),
        tuple(call for delta in deltas for call in delta.tool_calls),
        finish,
        code,
        detail,
    )


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_means_over_http_what_it_says(upstream: Upstream, backend: OpenAIBackend, name: str) -> None:
    body, meaning = STREAMS[name]
    upstream.plan(Plan(body=body, cuts=range(1, len(body), 9)))
    assert await told(backend) == meaning
