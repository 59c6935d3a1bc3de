"""A site with an upstream, ada who manages its library, bea who does not, and a driver for the page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, StorageState, expect

from tests.browser.chat.conftest import sign_up
from tests.sites import Site
from tests.upstream import Upstream
from tests.upstream.transfers import layers_of

numbers = itertools.count(1)


class Library:
    """One tab."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.name = page.get_by_label("Name of the model")
        self.dialog = page.get_by_role("dialog")
        self.announcer = page.locator("[data-slot=announcer]")

    def open(self) -> Library:
        self.page.goto(f"{self.address}/library/")
        expect(self.row("tiny:latest")).to_be_visible()
        return self

    def pull(self, name: str) -> Locator:
        """Ask for a model, and find its job."""
        self.name.fill(name)
        self.name.press("Enter")
        return self.job(name)

    def job(self, name: str) -> Locator:
        return self.page.locator(f"[data-job][data-name='{name}']").first

    def row(self, name: str) -> Locator:
        return self.page.locator(f"tr[data-model='{name}']")

    def choose(self, model: str, item: str) -> None:
        """An item of a model's menu."""
        self.row(model).get_by_role("button", name=f"More: {model}").click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()


@pytest.fixture(scope="session")
def library_upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def library_site(tmp_path_factory: pytest.TempPathFactory, library_upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("library") / "var", OLLAMA_HOST=library_upstream.address) as site:
        yield site


@pytest.fixture(scope="session")
def people(library_site: Site, browser: Browser) -> dict[str, StorageState]:
    """The cookies of both; the first to sign up is the administrator."""
    found: dict[str, StorageState] = {}
    for name in ("ada", "bea"):
        context = browser.new_context()
        sign_up(context, library_site.address, name)
        found[name] = {"cookies": context.storage_state()["cookies"]}
        context.close()
    return found


@pytest.fixture
def visit(
    new_context: Callable[..., BrowserContext], people: dict[str, StorageState], library_site: Site
) -> Callable[..., Library]:
    """A tab of somebody's on the library page."""

    def make(name: str = "ada", width: int = 1280) -> Library:
        context = new_context(storage_state=people[name])
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 844})
        return Library(page, library_site.address).open()

    return make


@pytest.fixture
def published(library_upstream: Upstream) -> Iterator[str]:
    """The name of a model that nobody has pulled yet."""
    name = f"fresh{next(numbers)}:1b"
    library_upstream.published[name] = layers_of(name, 800_000_000, 1_000_000)
    yield name
    library_upstream.release()
