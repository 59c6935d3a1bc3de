"""Writes running replies to the database: their text once a second together, their end at once, in groups.

Every write is conditional on the lease. A row that does not match was stopped, deleted or taken over elsewhere.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from conversations.generation.live_reply import LiveReply
from conversations.live.broadcasts import PROCESS
from conversations.models import Message, State, Usage
from conversations.models.lease import Lease
from conversations.models.message import RUNNING
from conversations.models.quota import Used, summed
from conversations.tasks import STORAGE_ERRORS, write


def own_lease() -> Lease:
    """The lease of replies that this process writes."""
    return Lease(PROCESS, settings.LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class Ending:
    """The last state of a reply, with what is stored beside its text."""

    reply: int
    state: State
    content: str
    thinking: str
    reason: str = ""
    error_code: str = ""
    error_detail: str = ""
    backend_name: str = ""
    logprobs: list[dict[str, Any]] | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    user: int = 0
    used: Used = field(default_factory=Used)
    """What is counted on the user's day with it."""


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    reply: int
    state: State
    content: str
    thinking: str


class Scribe:
    """One per process. Endings that come together are stored in one transaction."""

    def __init__(self, on_lost: Callable[[int], None]) -> None:
        self._on_lost = on_lost
        self._endings: list[tuple[Ending, asyncio.Future[State | None]]] = []
        self._is_writing = False
        self._stored_at = 0.0

    async def finish(self, ending: Ending) -> State | None:
        """Store an ending; the state that the row has now, or None when the reply is gone. Raises DatabaseError."""
        stored: asyncio.Future[State | None] = asyncio.get_running_loop().create_future()
        self._endings.append((ending, stored))
        if not self._is_writing:
            await self._write_endings()
        return await stored

    async def _write_endings(self) -> None:
        self._is_writing = True
        try:
            await asyncio.sleep(0)  # for those that end in the same turn of the loop
            while self._endings:
                group, self._endings = self._endings, []
                try:
                    states = await _patiently(_store_endings, [ending for ending, _stored in group])
                except DatabaseError as error:
                    for _ending, stored in group:
                        stored.set_exception(error)
                    continue
                for (_ending, stored), state in zip(group, states, strict=True):
                    if not stored.done():
                        stored.set_result(state)
        finally:
            self._is_writing = False

    def lag(self, replies: Iterable[LiveReply]) -> float:
        """Seconds since these, all that are being written, were stored last, or began; 0 when there are none."""
        begun = min((live.asked_at for live in replies), default=None)
        return 0.0 if begun is None else time.monotonic() - max(begun, self._stored_at)

    async def checkpoint(self, replies: Iterable[LiveReply]) -> None:
        """Store the text of the dirty ones and renew the lease of all; tell of those that are not ours any more."""
        rows = []
        waiting = []
        for reply in replies:
            if reply.is_dirty:
                reply.is_dirty = False
                rows.append(_Checkpoint(reply.id, State.STREAMING, reply.content.whole(), reply.thinking.whole()))
            else:
                waiting.append(reply.id)
        if rows or waiting:
            for lost in await _patiently(_store_checkpoints, rows, waiting):
                self._on_lost(lost)
        self._stored_at = time.monotonic()


async def _patiently(function: Callable[..., Any], *args: object) -> Any:
    """`write`, tried again while the database is away: a reply does not fail because PostgreSQL restarts."""
    for delay in (0.1, 0.5, 1, 2, 4, 8):
        try:
            return await write(function, *args)
        except STORAGE_ERRORS:
            await asyncio.sleep(delay)
    return await write(function, *args)


def _store_checkpoints(rows: list[_Checkpoint], waiting: list[int]) -> list[int]:
    until = own_lease().until(timezone.now())
    ours = Message.objects.filter(lease=PROCESS, state__in=RUNNING)
    with transaction.atomic():
        texts = {row.reply: (row.state, row.content, row.thinking, until) for row in rows}
        looked_at = [] if _update_each(("state", "content", "thinking", "lease_until"), texts) else list(texts)
        if waiting:
            ours.filter(pk__in=waiting).update(lease_until=until)
            looked_at += waiting
        if not looked_at:
            return []
        return sorted(set(looked_at) - set(ours.filter(pk__in=looked_at).values_list("pk", flat=True)))


def _store_endings(endings: list[Ending]) -> list[State | None]:
    now = timezone.now()
    names = ("state", *_values(endings[0], now))
    with transaction.atomic():
        Usage.objects.add_all(summed((ending.user, ending.used) for ending in endings))
        rows = {ending.reply: (ending.state, *_values(ending, now).values()) for ending in endings}
        if _update_each(names, rows):
            return [ending.state for ending in endings]
        stored = set(Message.objects.filter(pk__in=rows, lease="", finished_at=now).values_list("pk", flat=True))
        return [ending.state if ending.reply in stored else _store_ending(ending, now) for ending in endings]


def _update_each(names: tuple[str, ...], rows: Mapping[int, tuple[object, ...]]) -> bool:
    """Give each of our running replies its own values; False when not all of them are ours and running.

    Django has no such statement: an `update` for each row takes ten times the time, half a second for 100 rows
    that end together while every stream waits for the interpreter.
    """
    if not rows:
        return True
    known = {field.name: field for field in Message._meta.concrete_fields}
    fields = [known[name] for name in names]
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    states = ", ".join("%s" for _ in RUNNING)
    condition = f"{quote('id')} = %s AND {quote('lease')} = %s AND {quote('state')} IN ({states})"
    own = [PROCESS, *(state.value for state in RUNNING)]
    values = [
        [*(field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)), pk, *own]
        for pk, row in rows.items()
    ]
    with connection.cursor() as cursor:
        # Only names of columns are put in here, and those are ours.
        cursor.executemany(f"UPDATE {quote(Message._meta.db_table)} SET {assignments} WHERE {condition}", values)  # noqa: S608
        return bool(cursor.rowcount == len(rows))


def _store_ending(ending: Ending, now: datetime) -> State | None:
    """Whoever stopped it in the database has decided its state; the text is still ours to complete."""
    values = _values(ending, now)
    ours = Message.objects.filter(pk=ending.reply, lease=PROCESS)
    if ours.filter(state__in=RUNNING).update(state=ending.state, **values):
        return ending.state
    if ours.filter(state=State.STOPPED).update(**{**values, "error_code": "", "error_detail": ""}):
        return State.STOPPED
    found = Message.objects.filter(pk=ending.reply).values_list("state", flat=True).first()
    return None if found is None else State(found)


def _values(ending: Ending, now: datetime) -> dict[str, Any]:
    return {
        "content": ending.content,
        "thinking": ending.thinking,
        "reason": ending.reason,
        "error_code": ending.error_code,
        "error_detail": ending.error_detail,
        "backend_name": ending.backend_name,
        "logprobs": ending.logprobs,
        "metrics": ending.metrics,
        "provenance": ending.provenance,
        "finished_at": now,
        "lease": "",
        "lease_until": None,
        "html_version": 0,
    }
