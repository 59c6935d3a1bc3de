"""Two people with three tabs each at one site: what a step of the machine does, and what must hold at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import httpx

from tests.headless.answers import Known
from tests.headless.articles import Article
from tests.headless.audit import audit
from tests.headless.line import Pace
from tests.headless.page import Page
from tests.headless.person import Person
from tests.headless.stored import Stored
from tests.sites import Site
from tests.tab import sign_up

T = TypeVar("T")
NAMES = ("annabella", "bartholomew")  # long enough to turn up in no token by chance
TABS = 3
PATIENCE = 60.0  # seconds until everything is quiet
QUICK = Pace(beat=2.0, again=0.1)
_numbers = count(1)


@dataclass
class Texts:
    """What tabs showed of replies: `exact` are the texts that a stop may have left, `least` beginnings of others.

    Of replies that were killed with their process a tab may show more than is kept: those are `unsure`. In a
    `disturbed` conversation something else is on its way that ends what is written there, and may come before a stop:
    questions by their client ids, which do not end their own replies, and other things as "".
    """

    exact: dict[int, list[str]] = field(default_factory=dict)
    least: dict[int, str] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    disturbed: dict[UUID, set[str]] = field(default_factory=dict)
    _unsettled: dict[int, tuple[UUID, Article]] = field(default_factory=dict)

    def stops(self, conversation: UUID, article: Article, shown: int | None) -> None:
        """A tab stops a reply, of which it shows so many characters."""
        assert article.id
        others = self.disturbed.get(conversation, set()) - {article.client_id}
        if others or shown is None or article.id in {*self.least, *self.unsure}:
            self.ends(article)
        else:
            self.exact.setdefault(article.id, []).append(article.text[:shown])
            self._unsettled[article.id] = conversation, article

    def disturbs(self, conversation: UUID, client_id: str = "") -> None:
        """Something is sent that ends what is written there: a stop that is on its way may come second."""
        self.disturbed.setdefault(conversation, set()).add(client_id)
        for number, (place, article) in tuple(self._unsettled.items()):
            if place == conversation and article.client_id != client_id:
                del self._unsettled[number]
                self.ends(article)

    def settle(self, conversations: Iterable[UUID]) -> None:
        """All that was sent there has arrived."""
        settled = set(conversations)
        self.disturbed = {place: those for place, those in self.disturbed.items() if place not in settled}
        self._unsettled = {number: found for number, found in self._unsettled.items() if found[0] not in settled}

    def ends(self, article: Article | None) -> None:
        """Something else than a stop ends it: what is shown is kept, and more may be."""
        if article and article.id and article.id not in self.unsure:
            shown = [*self.exact.pop(article.id, []), article.text, self.least.get(article.id, article.text)]
            self.least[article.id] = min(shown, key=len)

    def clear(self) -> None:
        """Nothing is known any more."""
        self.exact.clear()
        self.least.clear()
        self.unsure.clear()
        self.disturbed.clear()
        self._unsettled.clear()


class World:
    """Shared by all examples: starting sites and signing up take longer than they do."""

    def __init__(self, site: Site, upstream: Known) -> None:
        self.site, self.upstream = site, upstream
        self.stored = Stored(site.environment)
        self.texts = Texts()
        self.people: list[Person] = []
        self.pages: list[Page] = []
        self._runner = asyncio.Runner()
        self._clients: dict[str, httpx.AsyncClient] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry it out; between two calls the tabs stand still."""
        return self._runner.run(work)

    def close(self) -> None:
        """Nothing is left open."""
        self.run(self._close())
        self._runner.close()

    async def begin(self) -> None:
        """An example: each person's tabs show one conversation, with one question in it."""
        await self._leave()
        self.texts.clear()
        self.upstream.strange.clear()
        self.people = [await self._person(name) for name in NAMES]
        self.pages = [Page(person, Random(1), QUICK) for person in self.people for _ in range(TABS)]
        for first in (0, TABS):
            page = self.pages[first]
            await page.go(None)
            self.say(page, "")
        await self.quiet()
        for number, page in enumerate(self.pages):
            if number % TABS:
                await page.go(self.pages[number - number % TABS].conversation)
        await self.quiet()

    def say(self, page: Page, more: str) -> str:
        """Ask something that was never asked before; the words."""
        words = self.question(page, more)
        page.say(words)
        return words

    def question(self, page: Page, more: str) -> str:
        """Other words each time, that say who asks."""
        return f"{page.person.name} {next(_numbers)}: 6 words {more}".strip()

    def others_of(self, page: Page) -> list[Page]:
        """The tabs of the other person."""
        return [each for each in self.pages if each.person is not page.person]

    async def quiet(self) -> None:
        """Until every connected tab has taken in all that was on its way, and every question is stored."""
        async with asyncio.timeout(PATIENCE):
            while True:
                calling = [page for page in self.pages if page.line.is_calling and not page.line.is_away]
                pongs = {page: page.pongs for page in calling if page.send(type="ping")}
                while any(page.pongs == pong and page.is_online for page, pong in pongs.items()):  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
                is_over = all(page.is_online and not page.is_busy for page in calling)
                if is_over and not any(person.outbox for person in self.people if self._is_all_here(person)):
                    for person in filter(self._is_all_here, self.people):
                        self.texts.settle(person.conversations)
                    return
                await asyncio.sleep(0.01)

    async def rest(self) -> None:
        """Everybody is back, every reply ends, and everything agrees."""
        for page in self.pages:
            page.line.is_away = False
        found = await audit(self.stored, self.pages, self.upstream, PATIENCE)
        assert found.is_clean, "\n".join(found.findings)
        for conversation in {each for person in self.people for each in person.conversations}:
            tree = self.stored.tree(conversation)
            for row in tree.rows.values() if tree else ():
                least = self.texts.least.get(row.id, "")
                assert row.content.startswith(least), f"{row} has less than {least!r}, which was shown"
                if row.id in self.texts.exact and row.state == "stopped":
                    assert row.content in self.texts.exact[row.id], f"{row}, stopped at {self.texts.exact[row.id]}"
        self.texts.clear()

    async def kill(self, *, is_stored: bool) -> None:
        """A power cut. `is_stored`: after the next checkpoint, so that all that is shown must outlive it."""
        shown = [each for page in self.pages if not page.line.is_away and (each := page.transcript.running)]
        self.texts.clear()
        self.texts.unsure |= {each.id for page in self.pages for each in page.transcript.articles if each.id}
        if is_stored:
            await self._until_stored({each.id or 0: each.text for each in shown})
        await asyncio.to_thread(self.site.kill)
        await asyncio.to_thread(self.site.start)

    async def _until_stored(self, shown: dict[int, str]) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                rows = {row.id: row.content for row in self.stored.running() if row.id in shown}
                if all(len(content) >= len(shown[pk]) for pk, content in rows.items()):
                    self.texts.least |= {pk: shown[pk] for pk in rows}
                    return
                await asyncio.sleep(0.05)

    def _is_all_here(self, person: Person) -> bool:
        return not any(page.line.is_away for page in self.pages if page.person is person)

    async def _person(self, name: str) -> Person:
        if name not in self._clients:
            self._clients[name] = await sign_up(self.site.address, name)
        client = self._clients[name]
        person = Person(name, self.stored.user(name), lambda: client, self.stored.newest())
        person.others = [each for each in NAMES if each != name]
        return person

    async def _leave(self) -> None:
        """Nothing of the last example is left running, also when it has failed."""
        for page in self.pages:
            await page.close()
        self.pages = []
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self.stored.running():
                    self.upstream.release()
                    await asyncio.sleep(0.05)

    async def _close(self) -> None:
        await self._leave()
        for client in self._clients.values():
            await client.aclose()
