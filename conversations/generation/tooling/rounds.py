"""A round of the loop model → tools → model: the calls that a reply asked for are carried out one after another, and
the next reply reads their results.

A round runs in the task of the reply that began it. Its calls are live replies of the runner: what stops, renews,
sweeps or shows a reply does so with them. Stopping any of them ends the round.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.db import DatabaseError

from conversations.backends.base import Delta, ToolCall
from conversations.generation.live_reply import LiveReply, PhaseName
from conversations.generation.scribe import Ending
from conversations.generation.tooling import rows
from conversations.generation.tooling.approvals import Approvals
from conversations.generation.tooling.events import told
from conversations.generation.tooling.offering import Offer, Offered, offer
from conversations.live.broadcasts import Hub
from conversations.models import Conversation, Message, State
from conversations.models.tool_server import Approval
from conversations.tasks import read, uncancel, write
from conversations.text import clean_text
from conversations.tools.base import ToolError, cut
from conversations.tools.mcp.pool import Pool

log = logging.getLogger(__name__)

_OWN_SECONDS = 20.0


class Writer(Protocol):
    """What the loop needs of the runner."""

    @property
    def is_draining(self) -> bool:
        """Whether nothing new may begin."""
        ...

    def adopt(self, live: LiveReply) -> None:
        """From now on the current task writes `live`."""
        ...

    def start(self, reply: Message, user: int, *, approves: bool = False) -> None:
        """Write a reply from now on."""
        ...

    def stop(self, reply: int, shown: int | None = None) -> bool:
        """End one."""
        ...

    async def end(self, live: LiveReply, ending: Ending) -> None:
        """Store the end of one, and tell it."""
        ...

    async def show_phase(self, live: LiveReply, phase: PhaseName) -> None:
        """Tell what one is doing."""
        ...


@dataclass(eq=False, slots=True)
class Step:
    """One call of a round."""

    call: ToolCall
    row: Message
    live: LiveReply
    offered: Offered | None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended; `code` of the fault when it failed."""

    text: str
    code: str = ""
    milliseconds: int = 0


class Rounds:
    """One per process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.approvals = Approvals()
        self.pool = Pool()

    async def prepare(self, writer: Writer, live: LiveReply, reply: Message) -> list[Step]:
        """Store the calls of a reply that is about to end."""
        live.is_ending = True  # a stop from here on is heard when the calls begin
        found = await read(_offer, reply)
        facts = {name: _facts(offered) for name, offered in found.tools.items()}
        calls = await write(rows.store_calls, reply, live.tool_calls, facts)
        steps = []
        for call in calls:
            tool = LiveReply(call.row.pk, live.conversation, live.user, approves=live.approves)
            tool.server = call.row.backend_name
            writer.adopt(tool)
            steps.append(Step(call.call, call.row, tool, found.tools.get(call.call.name)))
        if steps:
            await self._hub.publish(live.topic, told(reply.pk, [step.row for step in steps]))
        return steps

    async def carry_out(self, writer: Writer, live: LiveReply, reply: Message, steps: Sequence[Step]) -> None:
        """Run the calls, then begin the next reply. Whatever happens, each call has a stored end."""
        try:
            for step in steps:
                outcome = await self._listening(writer, live, step, steps)
                await self._finish(writer, reply, step, outcome, steps)
        except asyncio.CancelledError:
            uncancel()
            is_stopped = live.is_stopped or any(step.live.is_stopped for step in steps)
            await self._give_up(writer, steps, State.STOPPED if is_stopped else State.INTERRUPTED)
        except DatabaseError:
            log.exception("the calls of reply %s break off", reply.pk)
        finally:
            await self._give_up(writer, steps, State.FAILED, "internal")

    async def _listening(self, writer: Writer, live: LiveReply, step: Step, steps: Sequence[Step]) -> Outcome:
        """Only while a call runs may a stop cancel the task: what is being stored is stored whole."""
        if live.is_stopped or writer.is_draining or any(each.live.is_stopped for each in steps):
            raise asyncio.CancelledError
        for each in steps:
            each.live.has_begun = True
        try:
            return await self._outcome(writer, step)
        finally:
            for each in steps:
                each.live.has_begun = False

    async def _finish(
        self, writer: Writer, reply: Message, step: Step, outcome: Outcome, steps: Sequence[Step]
    ) -> None:
        """Store the result; after the last one the next reply, which is there before this call has its end."""
        step.live.append(Delta(content=outcome.text))
        step.live.is_ending = True
        following = None
        if step is steps[-1] and not writer.is_draining:
            following = await write(rows.store_next, reply, step.row)
        if following is not None:
            await self._hub.publish(step.live.topic, told(step.row.pk, [following]))
        state = State.FAILED if outcome.code else State.COMPLETE
        ending = _ending(step, state, outcome.code)
        step.is_over = True
        await writer.end(step.live, replace(ending, metrics={"total_ms": outcome.milliseconds}))
        if following is not None:
            writer.start(following, step.live.user, approves=step.live.approves)
            if any(each.live.is_stopped for each in steps):
                writer.stop(following.pk)

    async def _give_up(self, writer: Writer, steps: Sequence[Step], state: State, code: str = "") -> None:
        for step in steps:
            if not step.is_over:
                step.is_over = True
                await writer.end(step.live, _ending(step, state, code))

    # One call

    async def _outcome(self, writer: Writer, step: Step) -> Outcome:
        """The result as a model and a person read it: an error is a result too."""
        began = time.monotonic()
        try:
            offered = _found(step)
            if await self._must_ask(step, offered):
                await self._ask(writer, step, offered)
            await write(rows.mark, step.row, State.STREAMING)
            await writer.show_phase(step.live, "running")
            began = time.monotonic()
            text, code = cut(clean_text(await self._run(step.call, offered))), ""
        except ToolError as error:
            text, code = cut(clean_text(f"Error: {error}")), error.code
        return Outcome(text, code, max(1, round((time.monotonic() - began) * 1000)))

    async def _must_ask(self, step: Step, offered: Offered) -> bool:
        if offered.approval == Approval.CONVERSATION:
            return step.row.tool_name not in await read(_approved, step.row)
        return offered.approval == Approval.EACH

    async def _ask(self, writer: Writer, step: Step, offered: Offered) -> None:
        if not step.live.approves:
            raise ToolError("tool_unapproved", "This call needs a person’s approval, and nobody can be asked here.")
        await write(rows.mark, step.row, State.QUEUED, rows.ASKING)
        await writer.show_phase(step.live, "approval")
        decision = await self.approvals.ask(step.row.pk)
        if decision is None:
            raise ToolError("tool_unanswered", "Nobody allowed this call in time.")
        if decision == "refuse":
            raise ToolError("tool_refused", "The person refused this call. Go on without it, or ask what they want.")
        if decision == "conversation" and offered.approval == Approval.CONVERSATION:
            await write(rows.remember_approval, step.row)

    async def _run(self, call: ToolCall, offered: Offered) -> str:
        if offered.tool is None:
            server = offered.server
            return await self.pool.call(server, offered.remote, call.arguments) if server else ""
        try:
            async with asyncio.timeout(_OWN_SECONDS):
                return await offered.tool.run(call.arguments)
        except TimeoutError:
            raise ToolError("tool_timeout", f"No answer within {_OWN_SECONDS:g} seconds.") from None


def _found(step: Step) -> Offered:
    if step.offered is None:
        raise ToolError("tool_unknown", f"There is no tool “{step.call.name[:100]}”.")
    if step.call.malformed:
        raise ToolError("tool_arguments", f"The arguments are not a JSON object: {step.call.malformed[:200]}")
    return step.offered


def _facts(offered: Offered) -> dict[str, Any]:
    """What a tool's message remembers of where it came from."""
    known = {"server": offered.label, "remote": offered.remote} if offered.row else {}
    return {**known, "remembers": offered.approval == Approval.CONVERSATION}


def _ending(step: Step, state: State, code: str = "") -> Ending:
    return Ending(step.row.pk, state, "", "", error_code=code, provenance=step.row.provenance)


def _offer(reply: Message) -> Offer:
    """What may be called; that the model uses tools is known by now."""
    return offer(Conversation.objects.get(pk=reply.conversation_id), None)


def _approved(row: Message) -> list[str]:
    found: list[str] = Conversation.objects.values_list("approved_tools", flat=True).get(pk=row.conversation_id)
    return found
