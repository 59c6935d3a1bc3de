"""Watching a project: only who may, told of changes and of each other, and gone when they go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from conversations.live.broadcasts import Hub, hub
from conversations.live.protocol.commands import Watch
from conversations.models import Case, Conversation, Label, Project, Status, User
from conversations.models.conversation import Refused
from conversations.review import labels, notes
from conversations.review.presence import Place
from conversations.review.queue import assign, set_status
from conversations.review.rubric import assess
from conversations.tasks import close_threads
from tests.unit.review_queue.conftest import reviewer

pytestmark = pytest.mark.django_db(transaction=True)


class Tab:
    """What a tab was told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._told = asyncio.Event()

    async def push(self, frame: str, *, is_delta: bool) -> None:
        self.events.append(json.loads(frame))
        self._told.set()

    async def recheck(self) -> None:
        raise AssertionError

    async def wait_for(self, kind: str, **values: object) -> None:
        """Until such an event came, now or before."""
        async with asyncio.timeout(20):
            while not any(event["type"] == kind and values.items() <= event.items() for event in self.events):
                self._told.clear()
                await self._told.wait()

    def names(self) -> list[tuple[str, str]]:
        return [(event["name"], event["how"]) for event in self.events if event["type"] == "reviewer.seen"]


@pytest.fixture
async def listening() -> AsyncIterator[Hub]:
    await hub.start()
    yield hub
    await hub.stop()
    close_threads()
    await sync_to_async(connections.close_all)()  # of the thread in which Django's own async calls run


async def first_case(project: Project) -> Case:
    return await Case.objects.filter(project=project).select_related("project", "conversation").aearliest("pk")


def of(person: User) -> Callable[[], User]:
    return lambda: User.objects.get(pk=person.pk)


async def test_reviewers_see_each_other_come_and_go(listening: Hub, project: Project, rita: User, paul: User) -> None:
    tabs = Tab(), Tab()
    hers, his = Place(tabs[0]), Place(tabs[1])
    await hers.watch(of(rita), Watch(project=project.pk, case=7))
    await his.watch(of(paul), Watch(project=project.pk, case=7))
    await hers.watch(of(rita), Watch(project=project.pk, case=7))
    await his.watch(of(paul), Watch(project=project.pk))
    await his.leave()
    await tabs[0].wait_for("reviewer.seen", name="paul", how="left")
    assert tabs[0].names() == [
        ("rita", "came"), ("paul", "came"), ("rita", "stays"), ("paul", "came"), ("paul", "left"),
    ]  # fmt: skip
    await hers.watch(of(rita), Watch(project=None))
    assert ("rita", "left") not in tabs[1].names()  # he is gone himself


async def test_a_stranger_watches_nothing(listening: Hub, project: Project) -> None:
    stranger, tab = await sync_to_async(reviewer)("stranger"), Tab()
    with pytest.raises(Refused, match="not_found"):
        await Place(tab).watch(of(stranger), Watch(project=project.pk))
    with pytest.raises(Refused, match="not_found"):
        await Place(tab).watch(of(stranger), Watch(project=2**62))
    await sync_to_async(assign)(await first_case(project), None, await project.members.aget(username="rita"))
    assert tab.events == []


async def test_who_is_no_reviewer_any_more_is_told_nothing_more(
    listening: Hub, project: Project, rita: User, paul: User
) -> None:
    tabs = Tab(), Tab()
    hers, his = Place(tabs[0]), Place(tabs[1])
    await hers.watch(of(rita), Watch(project=project.pk))
    await his.watch(of(paul), Watch(project=project.pk))
    await project.members.aremove(paul)
    with pytest.raises(Refused):
        await his.watch(of(paul), Watch(project=project.pk))
    await tabs[0].wait_for("reviewer.seen", name="paul", how="left")
    told = len(tabs[1].events)
    case = await first_case(project)
    await sync_to_async(assign)(case, rita, rita)
    await tabs[0].wait_for("case.changed", case=case.pk)
    assert len(tabs[1].events) == told


async def test_every_change_is_told(listening: Hub, project: Project, rita: User) -> None:
    case = await first_case(project)
    label = await Label.objects.acreate(name="accurate")
    talk: Conversation = case.conversation
    values = {criterion.pk: 1 async for criterion in project.criteria.all()}
    changes: list[Callable[[], object]] = [
        lambda: assign(case, rita, rita),
        lambda: set_status(case, Status.IN_REVIEW, rita),
        lambda: assess(case, rita, values),
        lambda: notes.write(rita, talk, "A note", case=case),
        lambda: labels.put(rita, label, talk),
        lambda: labels.take_off(label, talk),
    ]
    for change in changes:
        tab = Tab()
        place = Place(tab)
        await place.watch(of(rita), Watch(project=project.pk))
        await sync_to_async(change)()
        await tab.wait_for("case.changed", project=project.pk, case=case.pk)
        await place.leave()
