"""Beside Ollama, an OpenAI-compatible server: what the page says of where a model runs, and of the one that is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat.conftest import sign_up
from tests.sites import Site
from tests.upstream import Upstream

# All at once: what the socket tells of each server, whenever that comes, undoes what is set here.
CHOOSE_HOSTED = """(models) => {
    models.querySelector("optgroup[data-backend=openai]").dataset.host = "models.example.org";
    models.value = "openai/tiny:latest";
    models.dispatchEvent(new Event("change"));
    return document.querySelector("[data-slot=privacy] [data-slot=host]").textContent;
}"""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=200, dialect="openrouter") as upstream:
        yield upstream


@pytest.fixture
def served(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path / "var", OPENAI_BASE_URL=upstream.address) as site:
        yield site


def test_the_page_names_the_host_and_leaves_an_unused_server_in_peace(
    new_context: Callable[..., BrowserContext], served: Site, upstream: Upstream
) -> None:
    context = new_context()
    sign_up(context, served.address, "ada")
    page = context.new_page()
    page.goto(served.address)
    models = page.get_by_role("combobox", name="Model")
    expect(models).to_have_value("openai/llama3.2:latest")
    expect(page.locator("[data-slot=found]")).to_contain_text(f"OpenAI API at 127.0.0.1:{upstream.port}/v1")
    line, banner = page.locator("[data-slot=privacy] [data-slot=host]"), page.locator("chat-banner")
    expect(line).to_have_text("runs on this server")
    expect(banner).to_be_hidden()
    assert models.evaluate(CHOOSE_HOSTED) == "runs on models.example.org"
    models.select_option("eliza/eliza")
    expect(line).to_have_text("runs on this server")
    models.select_option("openai/tiny:latest")
    page.get_by_role("textbox", name="Message", exact=True).fill("say 3 words")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article[data-role=assistant][data-state=complete]")).to_contain_text("the river runs")
    upstream.stop()
    expect(banner).to_contain_text("OpenAI API at", timeout=60_000)
    expect(banner).to_contain_text("does not answer")
