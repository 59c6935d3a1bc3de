"""A real Chromium, the site it visits, and the rule that no page may log an error or break its policy."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.module_loading import import_string
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, expect
from pytest_django import DjangoDbBlocker

from chatsite.bootstrap import node
from chatsite.checks.browsers import FLAGS, find_or_install
from tests.browser.hanging import tell_when_hanging
from tests.live import serving
from tests.sites import Site

# The node that Playwright brings needs a library that a bare Debian lacks.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node() / "bin" / "node"))
# Playwright's own loop runs in the thread of the tests, and Django sees a loop there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
# How long a condition is waited for, in milliseconds: what holds is seen at once, and a busy machine takes its time.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": find_or_install(), "args": list(FLAGS), "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-US", "viewport": {"width": 1280, "height": 800}}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Each test tells where it hangs."""
    timer = tell_when_hanging(item.config)
    try:
        return (yield)
    finally:
        timer.cancel()


@pytest.fixture(scope="session")
def live_address(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Where the site answers, in this process and on the test database."""
    with django_db_blocker.unblock(), serving(import_string(settings.ASGI_APPLICATION)) as address:
        yield address


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A started site in its own process, with its own empty database."""
    with Site(tmp_path / "var") as made:
        yield made


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What any page complained about. A test empties it when it has caused the complaint on purpose."""
    seen: list[str] = []
    yield seen
    assert not seen


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], errors: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Playwright's factory of browsers with cookies of their own (`context` and `page` come from it), watched."""
    made: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(f"{message.location.get('url', '')}: {message.text}")

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.on("console", note)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        made.append(context)
        return context

    yield make
    seen = [*errors]
    for page in (page for context in made for page in context.pages):
        leave(page)
    errors[:] = seen


def leave(page: Page) -> None:
    """Let `page` stand still: Chromium never ends a context in the moment in which a page of it goes elsewhere."""
    for _ in range(5):
        try:
            page.goto("about:blank")
        except Error as error:
            if "interrupted by another navigation" not in error.message:
                raise
        else:
            return
