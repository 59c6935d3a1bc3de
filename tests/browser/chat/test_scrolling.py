"""Where the transcript stands: at the end while it follows, still while somebody reads, steady while history loads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route, expect

from conversations.models import Conversation, Message, User
from tests.browser.chat.conftest import Chat
from tests.upstream.models import answer
from tests.upstream.server import Upstream

# Heights are estimates until a message has been drawn; the end is followed frame by frame.
SETTLED_FROM_END = """async (log) => {
    const from = () => Math.round(log.scrollHeight - log.clientHeight - log.scrollTop);
    for (let n = 0; n < 300 && from() > 2; n += 1) await new Promise(requestAnimationFrame);
    return from();
}"""
SCROLLED_FROM = """async (log, at) => {
    while (log.scrollTop === at && at > 0) await new Promise(requestAnimationFrame);
}"""
# How far what is read moves while the log's height changes, in a few frames or until older messages have come.
MEASURE = """(log, isAwaited) => {
    const frame = () => new Promise(requestAnimationFrame);
    const all = () => [...log.querySelectorAll("article")];
    const count = all().length;
    const measure = async () => {
        const edge = log.getBoundingClientRect().top;
        await frame();
        const read = all().find((article) => article.getBoundingClientRect().bottom > edge + 40);
        let worst = 0;
        for (let n = 0; n < 8; n += 1) {
            const top = read.getBoundingClientRect().top;
            const height = log.scrollHeight;
            await frame();
            const moved = read.getBoundingClientRect().top - top;
            if (log.scrollHeight !== height) worst = Math.max(worst, Math.abs(moved));
            if (isAwaited && all().length === count) n = 0;
        }
        return worst;
    };
    globalThis.worst = measure();
}"""


def test_a_sent_message_stays_near_the_top_and_the_reply_fills_the_room(chat: Chat) -> None:
    chat.exchange("say 400 words").ask("say 60 words")
    expect(chat.content(1)).to_contain_text("bridge")
    chat.at_rest()
    top = chat.said().bounding_box()
    assert top
    assert top["y"] < 140
    chat.reply(1, state="complete")
    chat.at_rest()
    after = chat.said().bounding_box()
    assert after
    assert abs(after["y"] - top["y"]) <= 2


def test_the_end_is_followed_until_somebody_scrolls_up(chat: Chat, upstream: Upstream) -> None:
    chat.page.set_viewport_size({"width": 900, "height": 420})
    upstream.plan(replace(answer("say 700 words"), hold=300))
    chat.ask("A plan answers this")
    expect(chat.content()).to_have_text(re.compile(r"(\S+\s+){260}"))
    assert chat.log.evaluate(SETTLED_FROM_END) <= 2
    jump = chat.page.get_by_role("button", name="Latest")
    expect(jump).to_be_hidden()
    chat.log.hover()
    chat.page.mouse.wheel(0, -160)
    chat.at_rest()
    upstream.release()
    expect(jump).to_be_visible()
    before = chat.at_rest()
    chat.reply(state="complete")
    assert abs(chat.log.evaluate("log => log.scrollTop") - before) <= 1
    jump.click()
    expect(jump).to_be_hidden()
    assert chat.log.evaluate(SETTLED_FROM_END) <= 2


@pytest.fixture
def long(transactional_db: None, live_address: str, new_context: Callable[..., BrowserContext]) -> tuple[Page, str]:
    """A page of a conversation with 200 messages."""
    user = User.objects.create_user("reader", password="a quiet reading room")
    conversation = Conversation.objects.create(owner=user, title="Long", backend_name="eliza", model_name="eliza")
    parent: Message | None = None
    for number in range(200):
        role = "assistant" if number % 2 else "user"
        text = f"**{number}** " + "some words to fill a line or two " * (1 + number % 7 * (number % 2))
        parent = Message.objects.create(
            conversation=conversation, parent=parent, role=role, content=text, model_name="eliza" * (number % 2)
        )
    assert parent
    conversation.choose(parent.pk)
    client = Client()
    client.force_login(user)
    context = new_context()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_address}])
    return context.new_page(), f"{live_address}/c/{conversation.pk}/"


def test_a_long_conversation_opens_at_its_end_and_pages_up_without_a_jump(long: tuple[Page, str]) -> None:
    page, address = long
    page.goto(address)
    articles = page.locator("article")
    expect(articles).to_have_count(40)
    log = page.get_by_role("log")
    expect(articles.last).to_be_in_viewport()
    assert log.evaluate(SETTLED_FROM_END) <= 2
    held: list[Route] = []
    page.route("**/path/?before=*", lambda route: held.append(route))
    log.hover()
    seen = 40
    while seen < 200:
        at = log.evaluate("log => log.scrollTop")
        page.mouse.wheel(0, -500)
        log.evaluate(SCROLLED_FROM, at)
        log.evaluate(MEASURE, bool(held))
        for route in held:
            route.continue_()
        held.clear()
        jumps = page.evaluate("worst")
        assert jumps <= 2, f"jumped {jumps} px with {seen} messages"
        seen = articles.count()
    expect(articles.first).to_contain_text("**0** some words")
