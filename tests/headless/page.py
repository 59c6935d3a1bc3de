"""One tab: it opens a conversation's page, takes in what it is told, and does what its buttons do."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

import httpx

from conversations.ids import uuid7
from tests.headless.answers import MODEL
from tests.headless.articles import Article, Fragment, read_articles
from tests.headless.line import AWAY, STEADY, Line, Pace
from tests.headless.person import Person
from tests.headless.stored import Shown
from tests.headless.transcript import Event, Transcript
from tests.tab import post

UNTOLD = -1  # where no path ends


class Page:
    """Of one person. `go` opens it; it is over when its task ends, by `close`."""

    def __init__(self, person: Person, chance: Random, pace: Pace = STEADY) -> None:
        self.person = person
        self.conversation = uuid7()
        self.is_new = True
        self.pongs = 0
        self.line = Line(person, chance, pace, self._take)
        self.transcript = Transcript(self.send, self._refresh, lambda client_id: client_id in person.outbox)
        self._turn = self._own_path = self._fetching = 0
        self._told: int | None = UNTOLD
        self._moving = asyncio.Lock()
        self._compared_at = 1
        self._updated: str | None = None
        self._own: set[str] = set()
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def is_online(self) -> bool:
        """Welcomed, and not left since."""
        return self.line.is_welcome

    @property
    def is_busy(self) -> bool:
        """Whether a path is being fetched."""
        return bool(self._tasks)

    def view(self) -> list[Shown]:
        """What is shown, as `Tree.view` tells it."""
        shown = self.transcript.articles
        return [(each.id, each.role, each.state, each.siblings, each.text.rstrip()) for each in shown]

    # Coming and going

    async def go(self, conversation: UUID | None) -> None:
        """Load the page of a conversation, or of a new chat, anew. Without a server, everything stays as it was."""
        async with self._moving:
            await self._go(conversation)

    async def _go(self, conversation: UUID | None) -> None:
        found = Fragment([], "")
        if conversation is not None and not self.line.is_away:
            try:
                found = read_articles(await self._get(f"/c/{conversation}/"))
            except httpx.HTTPStatusError as error:
                if error.response.status_code != 404:
                    return
                # One whose first message never arrived is taken up again.
                waiting = {ask["conversation"] for ask in self.person.outbox.values()}
                conversation = conversation if str(conversation) in waiting else None
            except AWAY:
                return
        await self._leave()
        self.conversation, self.is_new = conversation or uuid7(), not found.articles
        self.transcript.show(found)
        self._compared_at, self._updated = self.line.connections + 1, found.updated
        self._take_up({article.client_id for article in found.articles})
        self.line.call()

    def _take_up(self, stored: set[str]) -> None:
        """What the browser keeps for this conversation is shown, unless it has arrived."""
        for client_id, ask in tuple(self.person.outbox.items()):
            if client_id in stored:
                del self.person.outbox[client_id]
            elif ask["conversation"] == str(self.conversation):
                self.transcript.say(client_id, ask["text"])

    async def close(self) -> None:
        """The tab is closed."""
        await self._leave()
        for task in tuple(self._tasks):
            task.cancel()

    def cut(self) -> None:
        """The connection breaks; it comes back by itself, unless the page `is_away`."""
        self.line.cut()

    def send(self, **command: Any) -> bool:
        """Whether the command went out; nothing is kept for later."""
        return self.line.send(**command)

    async def _leave(self) -> None:
        self._turn += 1
        await self.line.hang_up()

    # What is told

    def _take(self, event: Event) -> None:
        kind: str = event["type"]
        if kind.startswith("reply."):
            if event["conversation"] == str(self.conversation):
                self.transcript.take(event)
        elif kind in self._kinds:
            self._kinds[kind](self, event)

    def _welcomed(self, _event: Event) -> None:
        self.pongs += 1  # who waits for one of the connection before waits in vain
        self.send(type="open", conversation=self.conversation)
        for client_id, ask in tuple(self.person.outbox.items()):
            if client_id in self._own or ask["conversation"] == str(self.conversation):
                self.send(**ask)

    def _opened(self, event: Event) -> None:
        if event["conversation"] == str(self.conversation):
            is_back = self.line.connections > self._compared_at or self._updated not in (None, event["updated_at"])
            self._compared_at, self._updated = self.line.connections, None
            self.transcript.opened(event, is_back=is_back)

    def _asked(self, event: Event) -> None:
        self.person.outbox.pop(event["client_id"], None)
        self.person.acknowledged[event["client_id"]] = [view["id"] for view in event["messages"]]
        if event["conversation"] == str(self.conversation):
            self.is_new = False
            if self._own_path or self._fetching:
                self._told = event["messages"][-1]["id"]
            self.transcript.asked(event)

    def _path_changed(self, event: Event) -> None:
        if event["conversation"] != str(self.conversation):
            return
        if self._own_path or self._fetching:
            self._told = event["leaf"]
        elif event["leaf"] != self.transcript.leaf:
            self._refresh()

    def _changed(self, event: Event) -> None:
        if event["conversation"] == str(self.conversation) and event["deleted"]:
            self._spawn(self.go(None))

    def _failed(self, event: Event) -> None:
        client_id = event["client_id"]
        if client_id in self.person.sent:
            self.person.refused[client_id] = event["code"]
            self.person.outbox.pop(client_id, None)
            self.transcript.take_back(client_id)
        elif event["re"] == "resume":
            self._refresh()
        elif event["re"] == "open" and event["code"] == "not_found" and not self.is_new:
            self._spawn(self.go(None))

    def _ponged(self, event: Event) -> None:
        self.pongs += 1
        self.transcript.compare(event["offsets"])

    _kinds: dict[str, Callable[[Page, Event], None]] = {
        "welcome": _welcomed,
        "opened": _opened,
        "asked": _asked,
        "path.changed": _path_changed,
        "conversation.changed": _changed,
        "error": _failed,
        "pong": _ponged,
    }

    # What a person does

    def say(self, text: str) -> str:
        """Send a message; it is kept until the server has it. Its client id."""
        client_id = str(uuid.uuid4())
        ask: Event = {"type": "ask", "client_id": client_id, "conversation": str(self.conversation), "text": text}
        ask |= {"parent": self.transcript.leaf, "model": MODEL}
        self.person.store("ask", client_id, self.conversation, text)
        self.person.outbox[client_id] = ask
        self._own.add(client_id)
        self.transcript.say(client_id, text)
        self.send(**ask)
        return client_id

    def edit(self, article: Article, text: str) -> str | None:
        """Say something else in its place; the client id, or None when that did not go out."""
        return self._store("edit", text, message=article.id, text=text)

    def regenerate(self, article: Article) -> str | None:
        """Have it answered again."""
        return self._store("regenerate", None, message=article.id, model=MODEL)

    def stop(self) -> tuple[int, int | None] | None:
        """End what is being written: which reply, and how much of it is shown."""
        article = self.transcript.running
        if article is None or article.id is None or not self.is_online:
            return None
        shown = self.transcript.stop(article.id)
        self.send(type="stop", reply=article.id, shown=shown)
        return article.id, shown

    async def show(self, address: str) -> bool:
        """Ask for a change of the path (`/m/…/show/`, `/delete/`, `/restore/`) and show what comes of it."""
        self._own_path += 1
        try:
            self._swap(await self._post(address))
        except AWAY:
            return False
        finally:
            self._own_path -= 1
            self._catch_up()
        return True

    async def change(self, what: str, conversation: UUID) -> bool:
        """`delete` or `restore` a conversation; whether it was done."""
        try:
            await self._post(f"/c/{conversation}/{what}/")
        except AWAY:
            return False
        return True

    def _store(self, kind: str, words: str | None, **command: Any) -> str | None:
        client_id = str(uuid.uuid4())
        if not self.is_online:
            return None
        self.person.store(kind, client_id, self.conversation, words)
        self.send(type=kind, client_id=client_id, **command)
        return client_id

    # The line

    def _refresh(self) -> None:
        self._turn += 1
        self._spawn(self._fetch_path(self._turn))

    async def _fetch_path(self, turn: int) -> None:
        self._fetching += 1
        try:
            html = await self._get(f"/c/{self.conversation}/path/")
            if turn == self._turn:
                self._swap(html)
        except AWAY:
            pass
        finally:
            self._fetching -= 1

    def _swap(self, html: str) -> None:
        self.transcript.swap(read_articles(html))
        self._catch_up()

    def _catch_up(self) -> None:
        told, self._told = self._told, UNTOLD
        if told not in (UNTOLD, self.transcript.leaf):
            self._refresh()

    async def _get(self, address: str) -> str:
        self._check_line()
        answer = (await self.person.client().get(address)).raise_for_status()
        self.person.look(answer.text)
        return answer.text

    async def _post(self, address: str) -> str:
        self._check_line()
        answer = (await post(self.person.client(), address)).raise_for_status()
        self.person.look(answer.text)
        return answer.text

    def _check_line(self) -> None:
        if self.line.is_away:
            raise ConnectionError("no line")

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
