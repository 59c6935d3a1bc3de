"""A name that is not the site's: what is wrong and who sets it right is said, and no name is repeated or given away."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

OURS, FOREIGN = "chat.example.org", "evil.example.com"
PROGRAM = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def named(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = [OURS]


def told_nothing(words: str) -> bool:
    return not any(name in words for name in (OURS, FOREIGN))


@pytest.mark.parametrize("address", ["/", "/accounts/login/"])
def test_a_page_of_another_name_says_that_it_is_no_address_of_the_site(client: Client, address: str) -> None:
    page = client.get(address, headers={"host": FOREIGN})
    assert page.status_code == 400
    assert "<h1>This is not an address of this site</h1>" in page.text
    assert "<code>ALLOWED_HOSTS</code>" in page.text
    assert 'href="/"' not in page.text  # there is no way on under that name
    assert told_nothing(page.text)


def test_a_program_is_told_the_same(client: Client) -> None:
    answer = client.get("/sidebar/", headers={"host": FOREIGN, **PROGRAM})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["title"] == "This is not an address of this site."
    assert "ALLOWED_HOSTS" in answer.json()["detail"]
    assert told_nothing(answer.text)


def test_a_host_that_is_no_name_at_all_is_answered_alike(client: Client) -> None:
    page = client.get("/", headers={"host": "a b<script>"})
    assert page.status_code == 400
    assert "This is not an address of this site" in page.text
    assert "<script>" not in page.text
