"""A browser that keeps nothing, a proxy without sockets, the longest message, and going back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat.conftest import MODEL, Chat


def test_without_storage_the_page_works_and_says_what_is_lost(ada: Callable[..., BrowserContext], chat: Chat) -> None:
    context = ada()
    context.add_init_script("""
        const no = () => { throw new DOMException("no", "SecurityError"); };
        Object.defineProperty(window, "localStorage", { get: no });
        Object.defineProperty(window, "sessionStorage", { get: no });
    """)
    barred = Chat(context.new_page(), chat.address).open(model=MODEL)
    expect(barred.toasts).to_contain_text("This browser keeps nothing")
    barred.exchange("say 3 words").exchange("say 4 words")


def test_a_proxy_that_refuses_sockets_gets_a_readable_line(
    ada: Callable[..., BrowserContext], chat: Chat, errors: list[str]
) -> None:
    chat.exchange("say 3 words")
    page = ada().new_page()
    page.route_web_socket("**/ws/", lambda socket: socket.close(code=1011))
    behind = Chat(page, chat.address).open(chat.path)
    expect(behind.line).to_contain_text("The live connection is refused")
    expect(behind.content()).to_contain_text("the river runs")
    errors.clear()


def test_the_longest_message_arrives_whole(chat: Chat) -> None:
    text = "ü " * (128 * 1024 // 3) + "x"
    chat.box.fill(text)
    chat.box.press("Enter")
    chat.reply(state="complete")
    chat.page.reload()
    assert chat.said().locator("[data-slot=content]").evaluate("element => element.textContent") == text


def test_hostile_text_stays_text(chat: Chat) -> None:
    text = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) \u202e<script>alert(1)</script>"
    chat.exchange(text)
    expect(chat.said().locator("[data-slot=content]")).to_have_text(text)
    assert chat.page.locator("article img, article script, article [href^=javascript]").count() == 0


def test_going_back_shows_what_is_stored_and_goes_on(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    chat.page.get_by_role("link", name="New chat", exact=True).first.click()  # an entry may be called so
    expect(chat.page.locator("article")).to_have_count(0)
    tab().open(path).exchange("say 4 words")
    chat.page.go_back()
    expect(chat.page.locator("article")).to_have_count(4)
    chat.exchange("say 5 words")
    chat.page.go_back()
    expect(chat.page.locator("article")).to_have_count(0)


def test_the_keyboard_alone_is_enough(chat: Chat) -> None:
    chat.exchange("say 3 words")
    chat.page.keyboard.press("Shift+Tab")
    for _ in range(12):
        if chat.page.evaluate("document.activeElement.closest('article') !== null"):
            break
        chat.page.keyboard.press("Shift+Tab")
    assert chat.page.evaluate("document.activeElement.dataset.action") == "delete"
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("article")).to_have_count(1)
    expect(chat.box).to_be_focused()
