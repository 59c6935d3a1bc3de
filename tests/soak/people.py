"""People at their tabs: each does something every few seconds, as a person with two tabs and little patience would."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from uuid import UUID

import httpx

from tests.headless.articles import Article
from tests.headless.page import Page
from tests.headless.person import Person
from tests.soak.stage import Stage
from tests.tab import sign_up

LONGEST = 24  # messages, before a new conversation is begun
LONGEST_ANSWER = 120  # words
VERBS = {
    "say": 40, "edit": 8, "regenerate": 8, "stop": 8, "go_on": 8, "turn": 8, "delete": 4, "undo": 3,
    "drop": 2, "fetch_back": 2, "reload": 6, "begin": 3, "open": 5,
}  # fmt: skip
CAN_GO_ON = ("stopped", "interrupted", "failed")


class Visitor:
    """A person who acts. `done` counts what they did, by verb."""

    def __init__(self, person: Person, pages: list[Page], chance: Random, pause: float) -> None:
        self.person = person
        self.pages = pages
        self.done: Counter[str] = Counter()
        self._chance = chance
        self._pause = pause
        self._number = 0
        self._deleted: list[tuple[UUID, int]] = []
        self._dropped: list[UUID] = []

    async def live(self) -> None:
        """Act, for ever."""
        while True:
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * self._pause)
            page = self._chance.choice(self.pages)
            (verb,) = self._chance.choices([*VERBS], [*VERBS.values()])
            if await getattr(self, f"_{verb}")(page):
                self.done[verb] += 1

    def _question(self) -> str:
        self._number += 1
        return f"{self.person.name} {self._number}: {self._chance.randint(5, LONGEST_ANSWER)} words"

    def _one(self, found: list[Article]) -> Article | None:
        return self._chance.choice(found) if found else None

    async def _say(self, page: Page) -> bool:
        if page.transcript.running is not None:
            return False  # the button says Stop now
        if len(page.transcript.articles) > LONGEST:
            await page.go(None)
        page.say(self._question())
        return True

    async def _edit(self, page: Page) -> bool:
        article = self._one([each for each in page.transcript.articles if each.role == "user" and each.id])
        return article is not None and page.edit(article, self._question()) is not None

    async def _regenerate(self, page: Page) -> bool:
        article = self._one([each for each in page.transcript.articles if each.role == "assistant"])
        return article is not None and page.regenerate(article) is not None

    async def _stop(self, page: Page) -> bool:
        if page.transcript.running is None and await self._say(page):  # seldom is one being written just now
            self.done["say"] += 1
            await asyncio.sleep(self._chance.uniform(0.2, 3))
        return page.stop() is not None

    async def _go_on(self, page: Page) -> bool:
        article = self._one([each for each in page.transcript.articles if each.state in CAN_GO_ON])
        return article is not None and page.send(type="continue", reply=article.id)

    async def _turn(self, page: Page) -> bool:
        article = self._one([each for each in page.transcript.articles if len(each.siblings) > 1])
        return article is not None and await page.show(f"/m/{self._chance.choice(article.siblings)}/show/")

    async def _delete(self, page: Page) -> bool:
        article = self._one([each for each in page.transcript.articles if each.id])
        if article is None or article.id is None or not await page.show(f"/m/{article.id}/delete/"):
            return False
        self._deleted.append((page.conversation, article.id))
        return True

    async def _undo(self, page: Page) -> bool:
        found = [pk for place, pk in self._deleted if place == page.conversation]  # elsewhere there is no button
        if not found:
            return False
        self._deleted.remove((page.conversation, found[-1]))
        return await page.show(f"/m/{found[-1]}/restore/")

    async def _drop(self, page: Page) -> bool:
        if page.is_new or not await page.change("delete", page.conversation):
            return False
        self._dropped.append(page.conversation)
        return True

    async def _fetch_back(self, page: Page) -> bool:
        return bool(self._dropped) and await page.change("restore", self._dropped.pop())

    async def _reload(self, page: Page) -> bool:
        await page.go(page.conversation)
        return True

    async def _begin(self, page: Page) -> bool:
        await page.go(None)
        return True

    async def _open(self, page: Page) -> bool:
        if self.person.conversations:
            await page.go(self._chance.choice(self.person.conversations[-3:]))
        return bool(self.person.conversations)


def elsewhere(client: httpx.AsyncClient, address: str) -> httpx.AsyncClient:
    """The same person at another process of the site: as in a browser, its cookies are those of the host."""
    return httpx.AsyncClient(base_url=address, trust_env=False, cookies=client.cookies)


async def gather(stage: Stage, count: int, chance: Random, pause: float) -> list[Visitor]:
    """Sign up so many people, with two tabs each."""
    names = [f"person{chr(ord('a') + number)}" for number in range(count)]
    visitors = []
    for name in names:
        clients = [await sign_up(stage.sites[0].address, name)]
        for site in stage.sites[1:]:
            clients.append(elsewhere(clients[0], site.address))
        own = Random(chance.random())
        person = Person(name, stage.stored.user(name), lambda own=own, clients=clients: own.choice(clients))  # type: ignore[misc]
        person.others = [each for each in names if each != name]
        pages = [Page(person, own) for _ in range(2)]
        for page in pages:
            await page.go(None)
        visitors.append(Visitor(person, pages, own, pause))
    return visitors
