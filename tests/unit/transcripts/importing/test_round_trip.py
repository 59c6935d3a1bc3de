"""Any tree comes back from its own export as it was, and its export is signed each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from django.test import TestCase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from conversations.models import Conversation, Message, User
from conversations.text import clean_text
from conversations.transcripts import FORMATS, outline
from conversations.transcripts.chain import verify
from conversations.transcripts.chain.keys import public_key
from conversations.transcripts.importing import take_all

BEGUN = datetime(2026, 11, 21, 12, tzinfo=UTC)
texts = st.text(max_size=20).map(clean_text)
values = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts, max_size=3)
records = values.map(lambda found: {"note": found})
branches = st.fixed_dictionaries(
    {
        "parent": st.integers(0, 10),
        "role": st.sampled_from(["system", "user", "assistant", "tool"]),
        "state": st.sampled_from(["complete", "stopped", "interrupted", "failed"]),
        "content": texts,
        "thinking": texts,
        "second": st.floats(0, 1e6),
        "reason": st.sampled_from(["", "stop", "length"]),
        "error_code": st.sampled_from(["", "upstream_lost"]),
        "metrics": records,
        "provenance": records,
        "calls": st.lists(st.fixed_dictionaries({"id": texts, "name": texts, "arguments": values}), max_size=2),
    }
)


def planted(owner: User, title: str, tree: list[dict[str, Any]], leaf: int) -> Conversation:
    """The conversation: each branch below one of those before it, or a root."""
    made = Conversation.objects.create(owner=owner, title=" ".join(title.split()), created_at=BEGUN, updated_at=BEGUN)
    rows: list[Message] = []
    for branch in tree:
        above = branch["parent"]
        is_tool = branch["role"] == "tool"
        rows.append(
            Message.objects.create(
                conversation=made,
                parent=rows[above - 1] if 0 < above <= len(rows) else None,
                role=branch["role"],
                state=branch["state"],
                content=branch["content"],
                thinking=branch["thinking"],
                created_at=BEGUN + timedelta(seconds=branch["second"]),
                reason=branch["reason"],
                error_code=branch["error_code"],
                metrics=branch["metrics"],
                tool_calls=branch["calls"],
                provenance={**branch["provenance"], **({"server": "s", "arguments": {}} if is_tool else {})},
                tool_name="t" if is_tool else "",
            )
        )
    if rows:
        made.choose(rows[leaf % len(rows)].pk)
    return Conversation.objects.get(pk=made.pk)


def exported(conversation: Conversation) -> bytes:
    return b"".join(FORMATS["json"].write(outline(Conversation.objects.get(pk=conversation.pk))))


def by_place(document: bytes) -> Any:
    """What must stay: all but the numbers, and the chain that is over them."""
    value = json.loads(document)
    del value["chain"]
    places = {message["id"]: place for place, message in enumerate(value["messages"])}
    for message in value["messages"]:
        message["id"], message["parent"] = places[message["id"]], places.get(message["parent"])
    return value


class RoundTrip(HypothesisCase, TestCase):
    """Each example in a transaction of its own."""

    @given(texts, st.lists(branches, max_size=8), st.integers(0, 7))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def test_any_tree_comes_back(self, title: str, tree: list[dict[str, Any]], leaf: int) -> None:
        owner = User.objects.create_user("ada")
        conversation = planted(owner, title, tree, leaf)
        before = exported(conversation)
        conversation.delete()
        (outcome,) = take_all(BytesIO(before), "x.json", owner)

        assert outcome.conversation, outcome.why
        after = exported(Conversation.objects.get(pk=outcome.conversation))
        assert by_place(after) == by_place(before)
        for document in (before, after):
            assert verify.check(verify.read(document), public_key()).messages == len(tree)
