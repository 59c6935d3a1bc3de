"""The machine: each rule is something that a person, the network or the machine room does to a random tab."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import ClassVar
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.headless.articles import Article
from tests.headless.page import Page
from tests.integration.machine.world import TABS, World

TAB = st.integers(0, 2 * TABS - 1)
PICK = st.integers(0, 11)
WAIT = st.sampled_from(["no", "a moment", "until quiet"])
TROUBLE = st.sampled_from(["", "held", "held", "lost", "cut short", "broken", "refused"])
MOMENT = 0.02
LOOKS = 100
MOST_KILLS = 1  # in an example: a start takes seconds
CAN_GO_ON = ("stopped", "interrupted", "failed")


class Machine(RuleBasedStateMachine):
    """`world` is set by the test. Which message a rule means is counted from the end of what its tab shows."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.kills = 0
        self.deleted: list[tuple[UUID, int]] = []
        self.dropped: list[UUID] = []

    @initialize()
    def begin(self) -> None:
        self.world.run(self.world.begin())

    def teardown(self) -> None:
        if self.world.pages:
            self.world.run(self.world.rest())

    def act(self, wait: str, tab: int, what: Callable[[Page], Awaitable[object]]) -> None:
        """Do it, and wait so long."""
        page = self.world.pages[tab]

        async def acting() -> None:
            note(f"{page.person.name} at {page.view()}")
            note(f"-> {await what(page)}")
            await asyncio.sleep({"no": 0, "a moment": MOMENT}.get(wait, 0))
            if wait == "until quiet":
                await self.world.quiet()

        self.world.run(acting())

    def ended(self, page: Page, ask: Callable[[], str | None] = lambda: None) -> str | None:
        """The page does what ends whatever is written in its conversation; the client id of what it asks."""
        self.world.texts.ends(page.transcript.running)
        client_id = ask()
        self.world.texts.disturbs(page.conversation, client_id or "")
        return client_id

    def stopped(self, page: Page) -> tuple[int, int | None] | None:
        """The page stops what it shows being written: which reply, and how much of it is shown."""
        found = page.stop()
        if found is not None:
            article = page.transcript.find(found[0])
            assert article
            self.world.texts.stops(page.conversation, article, found[1])
        return found

    # Words

    @rule(tab=TAB, wait=WAIT, trouble=TROUBLE)
    def say(self, tab: int, wait: str, trouble: str) -> None:
        async def say(page: Page) -> str:
            if page.transcript.running is not None:
                return "must wait"
            return self.world.say(page, trouble)

        self.act(wait, tab, say)

    @rule(tab=TAB, wait=WAIT, pick=PICK, trouble=TROUBLE)
    def edit(self, tab: int, wait: str, pick: int, trouble: str) -> None:
        async def edit(page: Page) -> object:
            article = chosen(page, pick, lambda each: each.role == "user" and bool(each.id))
            return article and self.ended(page, lambda: page.edit(article, self.world.question(page, trouble)))

        self.act(wait, tab, edit)

    @rule(tab=TAB, wait=WAIT, pick=PICK)
    def regenerate(self, tab: int, wait: str, pick: int) -> None:
        async def regenerate(page: Page) -> object:
            article = chosen(page, pick, lambda each: each.role == "assistant")
            return article and self.ended(page, lambda: page.regenerate(article))

        self.act(wait, tab, regenerate)

    @rule(tab=TAB, wait=WAIT)
    def stop(self, tab: int, wait: str) -> None:
        async def stop(page: Page) -> object:
            return self.stopped(page)

        self.act(wait, tab, stop)

    @rule(tab=TAB, wait=WAIT)
    def say_and_stop(self, tab: int, wait: str) -> None:
        """At the first sight of an answer, when more of it is on its way."""

        async def say_and_stop(page: Page) -> object:
            if page.transcript.running is not None or not page.is_online:
                return "must wait"
            self.world.say(page, "")
            for _look in range(LOOKS):
                if page.transcript.running is not None and page.transcript.running.id:
                    break
                await asyncio.sleep(0.002)
            return self.stopped(page)

        self.act(wait, tab, say_and_stop)

    @rule(tab=TAB, wait=WAIT, pick=PICK)
    def go_on(self, tab: int, wait: str, pick: int) -> None:
        async def go_on(page: Page) -> object:
            article = chosen(page, pick, lambda each: each.state in CAN_GO_ON)
            if article and article.id:
                self.world.texts.ends(article)
                self.world.texts.disturbs(page.conversation)
            return article and page.send(type="continue", reply=article.id)

        self.act(wait, tab, go_on)

    # Branches

    @rule(tab=TAB, wait=WAIT, pick=PICK, which=PICK)
    def turn(self, tab: int, wait: str, pick: int, which: int) -> None:
        async def turn(page: Page) -> object:
            article = chosen(page, pick, lambda each: len(each.siblings) > 1)
            return article and await page.show(f"/m/{article.siblings[which % len(article.siblings)]}/show/")

        self.act(wait, tab, turn)

    @rule(tab=TAB, wait=WAIT, pick=PICK)
    def delete(self, tab: int, wait: str, pick: int) -> None:
        async def delete(page: Page) -> object:
            article = chosen(page, pick, lambda each: bool(each.id))
            if article:
                self.ended(page)
            if article and article.id and await page.show(f"/m/{article.id}/delete/"):
                self.deleted.append((page.conversation, article.id))
            return article

        self.act(wait, tab, delete)

    @rule(tab=TAB, wait=WAIT)
    def undo(self, tab: int, wait: str) -> None:
        async def undo(page: Page) -> object:
            found = [pk for place, pk in self.deleted if place == page.conversation]  # elsewhere there is no button
            if not found:
                return None
            self.deleted.remove((page.conversation, found[-1]))
            return await page.show(f"/m/{found[-1]}/restore/")

        self.act(wait, tab, undo)

    # Conversations

    @rule(tab=TAB, wait=WAIT)
    def drop(self, tab: int, wait: str) -> None:
        async def drop(page: Page) -> object:
            self.ended(page)
            if not page.is_new and await page.change("delete", page.conversation):
                self.dropped.append(page.conversation)
            return page.conversation

        self.act(wait, tab, drop)

    @rule(tab=TAB, wait=WAIT)
    def fetch_back(self, tab: int, wait: str) -> None:
        async def fetch_back(page: Page) -> object:
            return self.dropped and await page.change("restore", self.dropped.pop())

        self.act(wait, tab, fetch_back)

    @rule(tab=TAB, wait=WAIT, pick=PICK)
    def load(self, tab: int, wait: str, pick: int) -> None:
        """The page of one of one's conversations; of the same one, mostly."""

        async def load(page: Page) -> object:
            others = page.person.conversations
            await page.go(page.conversation if pick % 2 else others[pick % len(others)])
            return page.conversation

        self.act(wait, tab, load)

    # Faults

    @rule(tab=TAB, wait=WAIT)
    def cut(self, tab: int, wait: str) -> None:
        async def cut(page: Page) -> None:
            page.cut()

        self.act(wait, tab, cut)

    @rule(tab=TAB)
    def leave_or_come_back(self, tab: int) -> None:
        async def change(page: Page) -> object:
            page.line.is_away = not page.line.is_away
            if page.line.is_away:
                page.cut()
            return page.line.is_away

        self.act("no", tab, change)

    @precondition(lambda self: self.kills < MOST_KILLS)
    @rule(is_stored=st.booleans(), is_sure=st.booleans())
    def kill(self, is_stored: bool, is_sure: bool) -> None:
        if is_sure:  # drawn rarely enough that most examples go far without
            self.kills += 1
            self.world.run(self.world.kill(is_stored=is_stored))

    @rule()
    def release(self) -> None:
        self.world.upstream.release()

    @rule()
    def rest(self) -> None:
        self.world.run(self.world.rest())

    # Curiosity

    @rule(tab=TAB, pick=PICK)
    def pry(self, tab: int, pick: int) -> None:
        """Whatever is tried with what is somebody else's: nothing happens, which the rest will show."""

        async def pry(page: Page) -> object:
            other = self.world.others_of(page)[pick % TABS]
            article = chosen(other, pick, lambda each: bool(each.id))
            if article is None:
                return None
            pk, own = article.id, uuid.uuid4
            assert not await page.change("delete", other.conversation) or other.is_new
            for verb in ("show", "delete", "restore"):
                assert not await page.show(f"/m/{pk}/{verb}/")
            page.send(type="ask", client_id=own(), conversation=other.conversation, parent=pk, text="mine")
            page.send(type="edit", client_id=own(), message=pk, text="mine")
            page.send(type="regenerate", client_id=own(), message=pk)
            page.send(type="continue", reply=pk)
            page.send(type="stop", reply=pk, shown=0)
            return pk

        self.act("until quiet", tab, pry)


def chosen(page: Page, pick: int, is_fit: Callable[[Article], bool]) -> Article | None:
    """One of the messages shown that fit, counted from the last one."""
    found = [each for each in reversed(page.transcript.articles) if is_fit(each)]
    return found[pick % len(found)] if found else None
