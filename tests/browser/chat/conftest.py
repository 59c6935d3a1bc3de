"""A site with ELIZA and a test upstream, a person who is signed in, and a driver that reads the page by its names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.sites import Site
from tests.upstream.server import Upstream

PASSWORD = "a quiet reading room"
MODEL = "ollama/llama3.2:latest"
THINKER = "ollama/qwen3:8b"
ELIZA = "eliza/eliza"
AT_REST = """async (log) => {
    for (let n = 0, at = -1; n < 10; n += 1) {
        if (log.scrollTop !== at) [n, at] = [0, log.scrollTop];
        await new Promise(requestAnimationFrame);
    }
    return log.scrollTop;
}"""


class Chat:
    """One tab."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.box = page.get_by_role("textbox", name="Message", exact=True)
        self.log = page.get_by_role("log", name="Conversation")
        self.send = page.get_by_role("button", name="Send", exact=True)
        self.stop = page.get_by_role("button", name="Stop", exact=True)
        self.model = page.get_by_role("combobox", name="Model")
        self.sidebar = page.get_by_role("navigation", name="Conversations")
        self.toasts = page.locator("chat-toasts")
        self.line = page.locator("[data-slot=offline]").filter(visible=True)  # its text is there always

    def open(self, path: str = "/", model: str = "") -> Chat:
        self.page.goto(self.address + path)
        if model:
            self.model.select_option(model)
        return self

    def connected(self) -> Chat:
        """Wait until it is told of what others do."""
        expect(self.page.locator("body")).to_have_attribute("data-connection", "online")
        return self

    def equipped(self) -> Chat:
        """Wait for what the first key loads, where a chat began: without a server it could not come."""
        expect(self.sidebar.locator("a[aria-current=page]")).to_be_visible()
        return self

    def ask(self, text: str) -> Chat:
        """Type and send."""
        self.box.fill(text)
        self.box.press("Enter")
        return self

    def said(self, place: int = -1) -> Locator:
        """What the person said, by its place on the path."""
        return self._message("user", place)

    def reply(self, place: int = -1, state: str = "") -> Locator:
        """A reply, by its place on the path; with `state`, once it is in that state."""
        found = self._message("assistant", place)
        if state:
            expect(found).to_have_attribute("data-state", state)
        return found

    def content(self, place: int = -1) -> Locator:
        return self.reply(place).locator("[data-slot=content]")

    def act(self, message: Locator, name: str) -> None:
        """Press a button of a message."""
        message.hover()
        message.locator("footer.meta").get_by_role("button", name=name, exact=True).click()

    def exchange(self, text: str, answer: str = "") -> Chat:
        """Ask, and wait for the end of the reply."""
        replies = self.page.locator("article[data-role=assistant]")
        before = replies.count()
        self.ask(text)
        # A tool's call makes more than one, at once.
        expect(replies.nth(before)).to_be_attached()
        self.reply(state="complete")
        if answer:
            expect(self.content()).to_contain_text(answer)
        return self

    def at_rest(self) -> float:
        """Where the transcript stands once nothing has moved it for ten frames."""
        return float(self.log.evaluate(AT_REST))

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address)

    def settled(self) -> str:
        """The path of the conversation, once it has one."""
        expect(self.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
        return self.path

    def _message(self, role: str, place: int) -> Locator:
        found = self.page.locator(f"article[data-role={role}]")
        return found.last if place == -1 else found.nth(place)


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=120) as upstream:
        yield upstream


@pytest.fixture(scope="session")
def chat_site(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Site]:
    """One site for the tests that do not end it."""
    with Site(tmp_path_factory.mktemp("chat") / "var", OLLAMA_HOST=upstream.address) as site:
        yield site


def sign_up(context: BrowserContext, address: str, name: str) -> None:
    """Make an account and stay signed in."""
    page = context.new_page()
    page.goto(f"{address}/accounts/signup/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    page.close()


@pytest.fixture(scope="session")
def signed_in(chat_site: Site, browser: object) -> StorageState:
    """The cookies of ada's, who uses the site in most tests."""
    context: BrowserContext = browser.new_context()  # type: ignore[attr-defined]
    sign_up(context, chat_site.address, "ada")
    state = context.storage_state()
    context.close()
    return {"cookies": state["cookies"]}


@pytest.fixture
def ada(
    new_context: Callable[..., BrowserContext], signed_in: StorageState, chat_site: Site
) -> Callable[..., BrowserContext]:
    """Browsers in which ada is signed in."""

    def make(**options: object) -> BrowserContext:
        return new_context(storage_state=signed_in, **options)

    return make


@pytest.fixture
def browser_of_ada(ada: Callable[..., BrowserContext]) -> BrowserContext:
    return ada()


@pytest.fixture
def tab(browser_of_ada: BrowserContext, chat_site: Site) -> Callable[..., Chat]:
    """Another tab of the same browser."""
    return lambda: Chat(browser_of_ada.new_page(), chat_site.address)


@pytest.fixture
def chat(tab: Callable[..., Chat]) -> Chat:
    return tab().open(model=MODEL)
