"""What ends a right reaches the open tabs: every way out makes them recheck, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.urls import reverse

from conversations.live.broadcasts import hub, user_topic
from conversations.models import User

T = TypeVar("T")

PASSWORD = "correct horse battery"
PATIENCE = 60.0

pytestmark = pytest.mark.django_db(transaction=True)


async def apart(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call `work` in a thread that keeps no connection of the pool."""

    def run() -> T:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


class Listener:
    """A tab that notes what reaches it."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str] = asyncio.Queue()
        self.sessions_left: asyncio.Queue[int] = asyncio.Queue()

    async def push(self, frame: str, *, is_delta: bool) -> None:
        await self.frames.put(frame)

    async def recheck(self) -> None:
        await self.sessions_left.put(await apart(Session.objects.count))


@pytest.fixture
async def tab() -> AsyncIterator[Listener]:
    user = await apart(User.objects.create_superuser, "ada", "ada@example.org", PASSWORD)
    listener = Listener()
    await hub.start()
    await hub.subscribe(user_topic(user.pk), listener)
    yield listener
    await hub.unsubscribe(user_topic(user.pk), listener)
    await hub.stop()


def signed_in() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="ada"))
    return client


def sign_out() -> None:
    signed_in().post(reverse("account_logout"))


def sign_out_of_the_admin() -> None:
    signed_in().post(reverse("admin:logout"))


def sign_out_everywhere_else() -> None:
    for browser in (Client(), Client()):
        browser.post(reverse("account_login"), {"login": "ada", "password": PASSWORD})
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    browser.post(reverse("usersessions_list"))


def change_the_password() -> None:
    data = {"oldpassword": PASSWORD, "password1": "another horse 11", "password2": "another horse 11"}
    signed_in().post(reverse("account_change_password"), data)


def switch_off() -> None:
    user = User.objects.get()
    user.is_active = False
    user.save(update_fields=["is_active"])


def delete() -> None:
    User.objects.get().delete()


@pytest.mark.parametrize(
    "way", [sign_out, sign_out_of_the_admin, sign_out_everywhere_else, change_the_password, switch_off, delete]
)
async def test_every_way_out_makes_the_tabs_recheck(tab: Listener, way: Callable[[], None]) -> None:
    await apart(way)

    await asyncio.wait_for(tab.sessions_left.get(), PATIENCE)


async def test_the_session_is_gone_when_the_tabs_look(tab: Listener) -> None:
    await apart(sign_out)

    assert await asyncio.wait_for(tab.sessions_left.get(), PATIENCE) == 0


async def test_administrators_see_at_once_how_many_wait(tab: Listener) -> None:
    waiting = User(username="bob", is_approved=False)
    await apart(waiting.save)

    assert '"waiting":1' in await asyncio.wait_for(tab.frames.get(), PATIENCE)

    waiting.is_approved = True
    await apart(waiting.save, update_fields=["is_approved"])

    assert '"waiting":0' in await asyncio.wait_for(tab.frames.get(), PATIENCE)
