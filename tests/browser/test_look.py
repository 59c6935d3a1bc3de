"""Every page in light and dark, wide and narrow: nothing for axe to find, nothing cut off, and a picture to look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, expect

from conversations.models import Conversation, Share, State
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = [pytest.mark.django_db(transaction=True)]

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter((each) => each.playState === "running" && each.effect.getComputedTiming().endTime < Infinity)
    .map((each) => each.finished))"""
PICTURES = Path(settings.BASE_DIR) / "test-results" / "look"
MARKDOWN = """Text with `code`, **weight** and [a link](https://example.org).

| Left | Right |
|------|------:|
| one  |     1 |

```python
def half(number: float) -> float:  # a comment
    return number / 2
```

> A quotation.

- [x] done
"""


@dataclass(frozen=True)
class Place:
    """A page or a state of one: where it is, what is pressed to get there, and whether somebody is signed in."""

    path: str
    press: tuple[str, ...] = ()
    wait_for: str = "main"
    is_member: bool = True
    is_narrow: bool = False


PLACES = {
    "new": Place("/", wait_for=".starters"),
    "conversation": Place("/c/ALL/"),
    "settings": Place("/c/ALL/", ("[data-action=settings]",), "dialog[open] .settings"),
    "details": Place(
        "/c/ALL/", ("article[data-state=complete] [data-action=details] >> nth=0",), "dialog[open] .facts"
    ),
    "shortcuts": Place("/", (".me", "#account-menu [data-action=shortcuts]"), "dialog[open] .keys"),
    "account menu": Place("/", (".me",), "#account-menu"),
    "conversation menu": Place("/c/ALL/", (".list li button",), "#conversation-menu"),
    "share": Place("/c/ALL/", (".list li button", "#conversation-menu [data-action=share]"), "dialog[open] .sharing"),
    "shared": Place("/s/LINK/", wait_for=".shared .md"),
    "narrow": Place("/c/ALL/", is_narrow=True),
    "narrow new": Place("/", wait_for=".starters", is_narrow=True),
    "drawer": Place("/", (".opens-rail",), "#sidebar:popover-open", is_narrow=True),
    "sign in": Place("/accounts/login/", is_member=False),
    "sign up": Place("/accounts/signup/", is_member=False),
    "account": Place("/account/"),
    "sessions": Place("/accounts/sessions/"),
    "password": Place("/accounts/password/change/"),
    "second factors": Place("/accounts/2fa/"),
    "trash": Place("/account/trash/"),
    "exports": Place("/account/exports/"),
    "import": Place("/account/import/"),
    "temporary": Place("/?temporary=1", wait_for=".log, main"),
    "not found": Place("/nothing/", wait_for=".sheet"),
}


@pytest.fixture
def conversation(transactional_db: None) -> Conversation:
    """One message in every state."""
    owner = person("ada")
    found = conversation_of(owner, "Rayleigh and Mie scattering", backend_name="eliza", model_name="eliza")
    conversation_of(owner, "A title that is much too long for the rail, so that its end cannot be seen", days_ago=3)
    asked = say(found, "How do they differ?")
    answer(found, "Another answer.", asked)
    last = answer(found, MARKDOWN, asked, thinking="The person wants a table.", metrics={"reply_tokens": 298})
    last = answer(found, "Half an", say(found, "x" * 300, last), State.INTERRUPTED, metrics={"reply_tokens": 214})
    failed = {"error_code": "upstream_down", "error_detail": "connect: refused"}
    last = answer(found, "", say(found, "And at sunset?", last), State.FAILED, **failed)
    answer(found, "Cut off", say(found, "Again", last), reason="length")
    return found


@pytest.fixture
def visit(
    live_address: str, new_context: Callable[..., BrowserContext], conversation: Conversation
) -> Callable[..., Page]:
    """Go to a place and do what leads there."""

    def go(place: Place, **options: Any) -> Page:
        size: ViewportSize = {"width": 320, "height": 640} if place.is_narrow else {"width": 1280, "height": 860}
        context = new_context(color_scheme="light", has_touch=place.is_narrow, reduced_motion="reduce", **options)
        if place.is_member:
            client = Client()
            client.force_login(conversation.owner)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_address}])
        page = context.new_page()
        page.set_viewport_size(size)
        link = (Share.objects.make(conversation).token or "") if "LINK" in place.path else ""
        page.goto(live_address + place.path.replace("ALL", str(conversation.pk)).replace("LINK", link))
        for selector in place.press:
            page.locator(selector).first.hover()
            page.locator(selector).first.click()
        expect(page.locator(place.wait_for).first).to_be_visible()
        return page

    return go


@pytest.mark.axe
@pytest.mark.parametrize("name", PLACES)
def test_axe_finds_nothing(name: str, visit: Callable[..., Page], errors: list[str]) -> None:
    page = visit(PLACES[name])
    code = page.locator(".log figure.code")
    if code.count():
        bring_near(page, code)
    page.evaluate(AXE.read_text("utf-8"))
    take_picture(page, f"{name} light")
    # Models choose the levels of their headings themselves.
    wrong = run_axe(page, "{rules: {'heading-order': {enabled: false}}}")
    page.emulate_media(color_scheme="dark")
    take_picture(page, f"{name} dark")
    wrong += run_axe(page, "{runOnly: ['color-contrast']}")
    if name == "not found":
        errors.clear()
    assert not wrong, "\n".join(wrong)


def bring_near(page: Page, code: Locator) -> None:
    """Boxes are given their names and their place in the order of keys when they come near.

    A banner that comes in the moment of the scrolling takes the page back to its end: this is no person's scrolling.
    """
    seen = page.locator(".log figure.code[data-seen]")
    for _ in range(300):
        if seen.count():
            break
        code.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
    expect(seen).to_be_attached()


def run_axe(page: Page, options: str) -> list[str]:
    """What axe finds wrong, a line each. Colours are looked at when nothing is on its way any more."""
    page.evaluate(AT_REST)
    found = page.evaluate(f"axe.run(document, {options})")
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def take_picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name.replace(' ', '-')}.png")


@pytest.mark.parametrize("name", PLACES)
def test_nothing_is_wider_than_a_narrow_screen(name: str, visit: Callable[..., Page], errors: list[str]) -> None:
    """And in a chat its parts scroll, never the page with its head and its composer."""
    page = visit(PLACES[name])
    if page.locator("body.chat").count():
        page.set_viewport_size({"width": 320 if PLACES[name].is_narrow else 1280, "height": 420})
        assert page.evaluate("document.documentElement.scrollHeight") <= 420
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("document.querySelector('.log')?.scrollWidth ?? 0") <= 320
    if name == "not found":
        errors.clear()


def test_everything_that_is_pressed_is_large_enough_for_a_finger(visit: Callable[..., Page]) -> None:
    page = visit(PLACES["narrow"])
    small = page.evaluate(
        """[...document.querySelectorAll("main button, main select, .send")]
             .filter(element => element.checkVisibility({visibilityProperty: true}))
             .map(element => [element.outerHTML.slice(0, 120), element.getBoundingClientRect()])
             .filter(([, box]) => box.height < 35.5 || box.width < 35.5)
             .map(([html, box]) => `${html} ${box.width}×${box.height}`)"""
    )
    assert not small


def test_nothing_moves_for_who_asked_for_that(visit: Callable[..., Page], conversation: Conversation) -> None:
    answer(conversation, "Half", say(conversation, "Why?"), State.STREAMING)
    page = visit(PLACES["conversation"])
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_conversation_is_readable_without_a_script(visit: Callable[..., Page]) -> None:
    page = visit(PLACES["conversation"], java_script_enabled=False)
    log = page.get_by_role("log", name="Conversation")
    expect(log).to_contain_text("A quotation.")
    expect(page.get_by_role("navigation", name="Conversations")).to_contain_text("Rayleigh and Mie scattering")


def test_the_page_stays_within_its_budget(visit: Callable[..., Page]) -> None:
    page = visit(PLACES["new"])
    # What is loaded some seconds later is not meant, and a slow machine may take as long for the rest.
    page.add_init_script("""{
        const soon = setTimeout;
        setTimeout = (run, after) => (after >= 3000 ? 0 : soon(run, after));
        performance.now = () => 0;
    }""")
    page.reload()
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(each => [each.name, each.encodedBodySize])")
    assets = {name.partition("#")[0]: size for name, size in loaded if re.search(r"/static/|/jsi18n/", name)}
    assert sum(assets.values()) <= 60_000, assets
    assert len(assets) <= 12, assets
