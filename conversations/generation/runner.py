"""The replies that this process is writing: starting, stopping, looking up, letting go.

A reply belongs to the process, never to a socket: closing every tab changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from conversations.backends.base import BackendError, BackendLost, Delta, Phase
from conversations.backends.registry import Registry
from conversations.generation import prompt, titles
from conversations.generation.entries import announce
from conversations.generation.fairness import quotas
from conversations.generation.insight import building
from conversations.generation.insight.runs import over_all
from conversations.generation.insight.verdicts import judged
from conversations.generation.live_reply import LiveReply, PhaseName, Pump
from conversations.generation.queue import FairQueue
from conversations.generation.scribe import Ending, Scribe
from conversations.generation.servers.placement import Placement, Wanted
from conversations.generation.stream import End
from conversations.generation.tooling.rounds import Rounds, Step
from conversations.live.broadcasts import Hub
from conversations.live.protocol.events import ErrorView, ReplyFinished
from conversations.models import Message, State
from conversations.models.message import RUNNING
from conversations.models.quota import Used
from conversations.tasks import read, spawn, uncancel
from conversations.telemetry import measured

log = logging.getLogger(__name__)
Begin = Callable[[], Coroutine[Any, Any, object]]
Correct = Callable[[int, int, list[dict[str, Any]]], Coroutine[Any, Any, Begin | None]]
"""Has a reply (of a user's) answered once more, by what was wrong with it: stores that; what is returned begins it."""


class Runner:
    """One per process and loop."""

    def __init__(self, registry: Registry, hub: Hub) -> None:
        self._registry = registry
        self._hub = hub
        self._replies: dict[int, LiveReply] = {}
        self._tasks: dict[int, asyncio.Task[object]] = {}
        self._naming: set[asyncio.Task[object]] = set()
        self._queues: dict[str, FairQueue] = {}
        self._placement = Placement(registry, self.queue)
        self.is_draining = False
        self.pump = Pump(hub)
        self.rounds = Rounds(hub)
        self.scribe = Scribe(self._lost)
        self.correct: Correct | None = None

    # What doors ask

    def start(
        self, reply: Message, user: int, found: prompt.Prompt | None = None, *, approves: bool = False, counts: int = 0
    ) -> None:
        """Write `reply` (which this process has the lease of) from now on, after the text that it has.

        `counts` messages of the user's day are counted with its end.
        """
        live = LiveReply(reply.pk, reply.conversation_id, user, approves=approves, counts=counts)
        live.server, live.before = reply.backend_name, reply.metrics
        live.set_prefix(reply.content, reply.thinking)
        live.logprobs = list(reply.logprobs or ())
        self._replies[reply.pk] = live
        self._tasks[reply.pk] = spawn(self._write(live, reply, found), f"reply {reply.pk}")

    def adopt(self, live: LiveReply) -> None:
        """The current task writes `live` too: a call of a tool that its reply asked for."""
        task = asyncio.current_task()
        if task is not None:
            self._replies[live.id], self._tasks[live.id] = live, task

    def find(self, reply: int) -> LiveReply | None:
        """The live reply, when this process writes it."""
        return self._replies.get(reply)

    def running_in(self, conversation: UUID) -> list[LiveReply]:
        """The live replies of a conversation."""
        return [reply for reply in self._replies.values() if reply.conversation == conversation]

    def waiting_of(self, user: int, besides: UUID) -> int:
        """How many replies are being written or waited for by `user` here, stopped ones and a conversation's aside."""
        # Asked from the database's thread while replies come and go: a copy, which is made in one step.
        tasks, find = tuple(self._tasks.items()), self._replies.get
        running = ((find(reply), task) for reply, task in tasks)
        mine = ((live, task) for live, task in running if live and live.user == user and live.conversation != besides)
        return len({id(task) for live, task in mine if not live.is_stopped})

    def stop(self, reply: int, shown: int | None = None) -> bool:
        """End `reply`, cut after `shown` characters; False when this process does not write it."""
        live, task = self._replies.get(reply), self._tasks.get(reply)
        if live is None or task is None:
            return False
        if not live.is_stopped:
            live.is_stopped = True
            if not live.is_ending:
                live.stop_at = shown
                _cancel(live, task)
        return True

    async def drain(self) -> None:
        """Take nothing new; every reply is stored as interrupted."""
        self.is_draining = True
        for live in self._replies.values():
            if not live.is_ending:
                _cancel(live, self._tasks[live.id])
        for naming in self._naming:
            naming.cancel()
        tasks = [*self._tasks.values(), *self._naming]
        if tasks:
            await asyncio.wait(tasks, timeout=settings.DRAIN_SECONDS)

    async def keep_checkpoints(self) -> None:
        """Store what has been written, about once a second, for ever."""
        while True:
            await asyncio.sleep(settings.CHECKPOINT_SECONDS)
            if self._replies:
                await self.scribe.checkpoint(self.running)

    def queue(self, backend_name: str) -> FairQueue:
        """The queue in front of a backend."""
        slots = self._registry.parallel(backend_name)
        queue = self._queues.setdefault(backend_name, FairQueue(slots))
        if queue.slots != slots:
            queue.resize(slots)
        return queue

    @property
    def running(self) -> tuple[LiveReply, ...]:
        """All that it writes, calls of tools too."""
        return tuple(self._replies.values())

    @property
    def queues(self) -> dict[str, FairQueue]:
        """The queues of the backends that were asked so far."""
        return dict(self._queues)

    # The life of a reply

    async def _write(self, live: LiveReply, reply: Message, found: prompt.Prompt | None) -> None:
        """From the lease to the stored end. Whatever happens becomes a state."""
        ending = Ending(live.id, State.INTERRUPTED, "", "", provenance=reply.provenance)
        try:
            live.has_begun = True
            if live.is_stopped:
                raise asyncio.CancelledError
            info = self._registry.find(reply.backend_name, reply.model_name)
            if found is None:
                found = await read(building.build, reply, info)
            if not self.is_draining:
                ending = replace(ending, provenance={**found.provenance, "digest": info.digest if info else ""})
                ending = await self._take_turn(live, found, ending)
        except asyncio.CancelledError:
            uncancel()
            state = State.STOPPED if live.is_stopped else State.INTERRUPTED
            ending = replace(ending, state=state)
        except BackendError as error:
            self._registry.look_again(live.server)
            state = State.INTERRUPTED if isinstance(error, BackendLost) else State.FAILED
            ending = replace(ending, state=state, error_code=error.code, error_detail=error.detail)
        except Exception:  # the one broad catch: a fault of ours must not leave a reply without an end
            log.exception("reply %s", live.id)
            ending = replace(ending, state=State.FAILED, error_code="internal")
        if live.is_stopped and ending.state == State.COMPLETE:  # its end came with the stop, which cuts the text
            ending = replace(ending, state=State.STOPPED)
        live.is_ending = True
        ending = await judged(self._registry, live, reply, found, ending)
        steps = await self._calls(live, reply, found) if ending.state == State.COMPLETE else []
        await self.end(live, ending)
        # Nobody waits for it: others that end in the same moment are told of first.
        asyncio.get_running_loop().call_soon(measured.reply_ended, live.ended(ending.state, ending.error_code))
        if steps:
            await self.rounds.carry_out(self, live, reply, steps)
        elif ending.state == State.COMPLETE and found is not None and found.wants_title and not self.is_draining:
            naming = spawn(self._name(live, found), f"title {live.conversation}")
            self._naming.add(naming)
            naming.add_done_callback(self._naming.discard)

    async def _calls(self, live: LiveReply, reply: Message, found: prompt.Prompt | None) -> list[Step]:
        """The calls that a reply, which is about to end, asked for, stored and ready to be carried out."""
        if found is None or not found.request.tools or not live.tool_calls or self.is_draining:
            return []
        try:
            return await self.rounds.prepare(self, live, reply)
        except DatabaseError:
            log.exception("reply %s keeps no calls", live.id)
            return []

    async def _take_turn(self, live: LiveReply, found: prompt.Prompt, ending: Ending) -> Ending:
        def on_position(position: int, seconds: float | None) -> None:
            live.wait_for(position, seconds)
            spawn(self._hub.publish(live.topic, live.as_phase()), "position")

        async def write(server: str, steps: AsyncGenerator[Phase | Delta | End, None]) -> Ending:
            live.server, live.position, complete = server, None, ending
            await self.show_phase(live, "reading")
            async for step in steps:
                if isinstance(step, Delta):
                    live.append(step)
                    await self.pump.push(live)
                elif isinstance(step, Phase):
                    await self.show_phase(live, step.name)
                else:
                    complete = replace(ending, state=State.COMPLETE, reason=step.reason, metrics=step.metrics)
            return complete

        wanted = Wanted(live.conversation, live.user, live.server, on_position, lambda: live.first_ms is not None)
        return await self._placement.place(wanted, found.request, write)

    async def show_phase(self, live: LiveReply, phase: PhaseName) -> None:
        """Tell what it is doing, when that is something else now."""
        if live.phase != phase:
            live.phase = phase
            await self._hub.publish(live.topic, live.as_phase())

    async def end(self, live: LiveReply, ending: Ending) -> None:
        """Store the end, then tell it: what a tab calls complete is in the database."""
        live.is_ending = True
        own = ending.metrics or live.metrics()
        ending = replace(ending, user=live.user, used=Used(live.counts, quotas.tokens_in(own)))
        metrics = over_all(live.before, own)
        ending = replace(ending, content=live.kept_content(), thinking=live.thinking.whole(), metrics=metrics)
        ending = replace(ending, backend_name=live.server, logprobs=live.kept_logprobs())
        if live.stop_at is None:
            await self.pump.flush(live)
        state = None
        try:
            state = await self.scribe.finish(ending)
        except DatabaseError:  # its lease runs out: the sweeper ends it, with the text of the last checkpoint
            log.exception("reply %s has no stored end", live.id)
        self._forget(live)
        if state is None or state in RUNNING:
            return  # nobody's any more, or somebody else's
        error = ErrorView(code=ending.error_code, detail=ending.error_detail) if ending.error_code else None
        finished = ReplyFinished(
            conversation=live.conversation,
            reply=live.id,
            state=state,
            backend_name=ending.backend_name,
            reason=ending.reason,
            content_length=len(ending.content),
            thinking_length=len(ending.thinking),
            metrics=ending.metrics,
            error=error if state in (State.FAILED, State.INTERRUPTED) else None,
        )
        begin = await self._second_try(live, ending) if state == State.COMPLETE else None
        await self._hub.publish(live.topic, finished)
        await announce(self._hub, live.conversation, live.user)
        spawn(quotas.tell(self._hub, live.user), "quota")
        if begin is not None:
            spawn(begin(), f"correct {live.id}")

    async def _second_try(self, live: LiveReply, ending: Ending) -> Begin | None:
        """What begins it. Who reads that the first has ended can find the second."""
        wrong = ending.metrics.get("format", {}).get("wrong")
        if not wrong or self.correct is None or self.is_draining:
            return None
        try:
            return await self.correct(live.id, live.user, wrong)
        except DatabaseError:
            log.exception("reply %s is not corrected", live.id)
            return None

    def _forget(self, live: LiveReply) -> None:
        """It is written no more; whoever continued it meanwhile is another."""
        if self._replies.get(live.id) is live:
            del self._replies[live.id], self._tasks[live.id]

    async def _name(self, live: LiveReply, found: prompt.Prompt) -> None:
        backend = self._registry.get(live.server)
        reply = live.content.whole()
        if await titles.suggest(self.queue(live.server), backend, found.request, reply, live.conversation):
            await announce(self._hub, live.conversation, live.user)

    def _lost(self, reply: int) -> None:
        """Its row is not ours any more: somebody stopped, deleted or took it over."""
        self.stop(reply)


def _cancel(live: LiveReply, task: asyncio.Task[object]) -> None:
    """A task that is cancelled before its first step never takes it, and its reply would never end."""
    if live.has_begun:
        task.cancel()
