"""What a round does with a call, short of carrying it out; and the files that the tools read."""

from __future__ import annotations

import asyncio

import pytest

from conversations.backends.base import ToolCall, ToolSpec
from conversations.backends.registry import Registry
from conversations.generation.live_reply import LiveReply, PhaseName
from conversations.generation.runner import Runner
from conversations.generation.scribe import Ending, own_lease
from conversations.generation.tooling.approvals import Approvals
from conversations.generation.tooling.files import files_of
from conversations.generation.tooling.offering import Offered
from conversations.generation.tooling.rounds import Rounds, Step
from conversations.generation.tooling.rows import store_calls
from conversations.ids import uuid7
from conversations.live.broadcasts import Hub
from conversations.models import Attachment, Message, State
from conversations.models.attachment import Kind
from conversations.models.tool_server import Approval
from conversations.tools.attachments import attachment_tools
from conversations.tools.calculator import CALCULATOR
from tests.unit.views.people import answer, conversation_of, person, say

SPEC = ToolSpec("calculator", "", {})


def step(approval: Approval, *, approves: bool) -> Step:
    live = LiveReply(7, uuid7(), 1, approves=approves)
    call = ToolCall("call_1", "calculator", {"expression": "1 + 1"})
    return Step(call, Message(pk=7, tool_name="calculator"), live, Offered(SPEC, approval, tool=CALCULATOR))


async def test_who_cannot_be_asked_is_not_waited_for() -> None:
    runner = Runner(Registry([]), Hub())
    outcome = await runner.rounds._outcome(runner, step(Approval.EACH, approves=False))
    assert outcome.code == "tool_unapproved"
    assert "nobody can be asked" in outcome.text


async def test_a_decision_is_heard_once_and_only_where_it_is_waited_for() -> None:
    approvals = Approvals()
    waiting = asyncio.create_task(approvals.ask(7))
    await asyncio.sleep(0)
    assert not approvals.decide(8, "once")
    assert approvals.decide(7, "refuse")
    assert approvals.decide(7, "once"), "too late, and harmless"
    assert await waiting == "refuse"
    assert not approvals.decide(7, "once")


async def test_a_call_that_nobody_decides_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.generation.tooling.approvals.PATIENCE", 0.0)
    assert await Approvals().ask(7) is None


@pytest.mark.django_db
def test_calls_are_stored_as_every_database_can_hold_them() -> None:
    conversation = conversation_of(person("ada"))
    reply = answer(conversation, "", say(conversation, "hi"), State.STREAMING, lease=own_lease().owner)
    calls = [
        ToolCall("same", "a\x00b", {"text": "\ud800", "n": float("nan"), "deep": [{"k\x00": 1}]}),
        ToolCall("same", "long", {"text": "x" * 30_000}),
    ]
    first, second = store_calls(reply, calls, {"ab": {"server": "S"}})
    reply.refresh_from_db()
    assert reply.tool_calls[0]["arguments"] == {"text": "\ufffd", "n": "nan", "deep": [{"k": 1}]}
    assert first.call.id != second.call.id, "so that each answer finds its call"
    assert (first.row.tool_name, first.row.provenance["server"]) == ("ab", "S")
    assert second.call.malformed, "too long to be carried out"
    assert second.row.parent_id == first.row.pk
    conversation.refresh_from_db()
    assert conversation.leaf_id == second.row.pk


@pytest.mark.django_db
def test_calls_of_a_reply_that_was_stopped_elsewhere_are_not_stored() -> None:
    conversation = conversation_of(person("ada"))
    reply = answer(conversation, "", say(conversation, "hi"), State.STOPPED, lease=own_lease().owner)
    assert store_calls(reply, [ToolCall("1", "calculator", {})], {}) == []
    assert not Message.objects.filter(parent=reply).exists()


@pytest.mark.django_db(transaction=True)
def test_the_files_of_a_conversation_are_read_and_no_others() -> None:
    ada = person("ada")
    conversation, other = conversation_of(ada), conversation_of(ada, title="other")
    text, image = Kind.TEXT, Kind.IMAGE
    files = (conversation, "notes.txt", text), (conversation, "cat.png", image), (other, "secret.txt", text)
    for place, (talk, name, kind) in enumerate(files):
        Attachment.objects.create(
            owner=ada, message=say(talk, "see"), kind=kind, name=name, media_type="text/plain", size=5,
            text="" if kind == Kind.IMAGE else f"text of {name}", stored_name=f"{place}",
        )  # fmt: skip
    listing, reading = attachment_tools(files_of(conversation))
    listed = asyncio.run(listing.run({}))
    assert "notes.txt" in listed
    assert "cat.png" in listed
    assert "secret" not in listed
    assert asyncio.run(reading.run({"name": "notes.txt"})) == "text of notes.txt"


class Notebook:
    """A writer that only notes how calls end."""

    def __init__(self) -> None:
        self.is_draining = False
        self.states: list[str] = []

    def adopt(self, live: LiveReply) -> None: ...

    def start(self, reply: Message, user: int, *, approves: bool = False) -> None: ...

    def stop(self, reply: int, shown: int | None = None) -> bool:
        return False

    async def end(self, live: LiveReply, ending: Ending) -> None:
        self.states.append(ending.state)

    async def show_phase(self, live: LiveReply, phase: PhaseName) -> None: ...


@pytest.mark.parametrize("who", ["reply", "call", "process"])
async def test_a_stop_that_came_while_calls_were_stored_is_heard_before_they_run(who: str) -> None:
    writer, reply = Notebook(), LiveReply(6, uuid7(), 1)
    steps = [step(Approval.NEVER, approves=True), step(Approval.NEVER, approves=True)]
    reply.is_stopped = who == "reply"
    steps[1].live.is_stopped = who == "call"
    writer.is_draining = who == "process"
    await Rounds(Hub()).carry_out(writer, reply, Message(pk=6), steps)
    assert writer.states == [State.INTERRUPTED if who == "process" else State.STOPPED] * 2
