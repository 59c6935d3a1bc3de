"""The first minute in a real browser: the administrator, the one who waits and is let in, and the admin's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.sites import Site

PASSWORD = "a quiet reading room"
HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script>"


@pytest.fixture
def approving_site(tmp_path: Path) -> Iterator[Site]:
    """As it comes out of the box: later accounts wait for approval."""
    with Site.bare(tmp_path / "var", SIGNUP="approval") as made:
        yield made


def sign_up(context: BrowserContext, site: Site, username: str) -> Page:
    page = context.new_page()
    page.goto(f"{site.address}/accounts/signup/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    return page


def test_who_is_let_in_goes_on_without_a_reload(
    new_context: Callable[..., BrowserContext], approving_site: Site
) -> None:
    ada = sign_up(new_context(), approving_site, "ada")
    expect(ada.get_by_role("textbox", name="Message")).to_be_focused()
    expect(ada.locator("body")).to_have_attribute("data-connection", "online")
    badge = ada.locator("[data-slot=approvals]").first
    expect(badge).to_be_hidden()

    bob = sign_up(new_context(), approving_site, "bob")
    expect(bob.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    bob.goto(approving_site.address)
    expect(bob.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    expect(badge).to_have_text("1")

    approver = ada.context.new_page()
    approver.goto(f"{approving_site.address}/admin/")
    approver.get_by_role("link", name="1 person waits for approval").click()
    approver.get_by_role("checkbox", name="Select this object").check()
    approver.get_by_label("Action:").select_option("approve")
    approver.get_by_role("button", name="Go").click()
    expect(approver.get_by_text("1 account changed.")).to_be_visible()

    expect(bob.get_by_role("textbox", name="Message")).to_be_visible()
    expect(badge).to_be_hidden()


def test_a_page_that_was_open_too_long_gives_back_what_was_typed(
    context: BrowserContext, approving_site: Site, errors: list[str]
) -> None:
    page = context.new_page()
    page.goto(f"{approving_site.address}/accounts/signup/")
    page.get_by_label("Username").fill("ada lovelace of ockham park")
    page.get_by_label("Password").fill(PASSWORD)
    context.clear_cookies()
    page.get_by_role("button", name="Create the account").click()

    expect(page.get_by_role("heading", name="This page is too old to send")).to_be_visible()
    expect(page.get_by_label("What you typed")).to_have_value("ada lovelace of ockham park")
    errors.clear()  # the browser reports the 403
    page.get_by_role("link", name="Open the page again").click()
    expect(page.get_by_role("heading", name="Create an account")).to_be_visible()


ADMIN_PAGES = [
    "",
    "auth/group/add/",
    "conversations/user/",
    "conversations/user/add/",
    "conversations/user/1/change/",
    "conversations/user/1/password/",
    "conversations/conversation/",
    "conversations/message/",
    "conversations/apitoken/",
    "conversations/sitesettings/1/change/",
]


def test_the_admin_works_under_the_policy_and_shows_hostile_text_as_text(
    context: BrowserContext, approving_site: Site
) -> None:
    page = sign_up(context, approving_site, "ada")
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    expect(page.locator("body")).to_have_attribute("data-connection", "online")  # the scripts are there
    page.get_by_role("combobox", name="Model").select_option("eliza/eliza")
    page.get_by_role("textbox", name="Message").fill(HOSTILE)
    page.keyboard.press("Enter")
    expect(page.locator("article[data-role=assistant]")).to_have_attribute("data-state", "complete")

    for path in ADMIN_PAGES:
        page.goto(f"{approving_site.address}/admin/{path}")
        expect(page.locator("#content h1, #content h2").first).to_be_visible()

    page.goto(f"{approving_site.address}/admin/conversations/conversation/")
    page.locator(".results tbody th a").click()
    expect(page.locator("article[data-role=user]")).to_contain_text(HOSTILE)
    expect(page.locator("article[data-role=assistant]")).to_contain_text("eliza")
    page.get_by_role("link", name="Who read this").click()
    expect(page.locator("#content h1")).to_be_visible()
