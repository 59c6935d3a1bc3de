"""Passkeys in a real browser, with an authenticator of the browser's own: made, and enough to come in again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.unit.signin.codes import PASSWORD, person

pytestmark = [pytest.mark.django_db(transaction=True)]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(live_address: str, new_context: Callable[..., BrowserContext]) -> Page:
    """A browser with a device, at the site's name: a number has no passkeys."""
    context = new_context(base_url=live_address.replace("127.0.0.1", "localhost"))
    found = context.new_page()
    session = context.new_cdp_session(found)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return found


def test_a_passkey_is_made_and_signs_in_alone_and_as_a_second_factor(page: Page) -> None:
    person()
    sign_in(page)
    page.goto("/accounts/passkeys/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()

    sign_out(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    page.goto("/accounts/passkeys/")
    expect(page.get_by_role("link", name="Rename This laptop")).to_be_visible()


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Username or email")).to_have_count(0)


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username or email")).to_be_visible()
