"""Passkeys, as far as the page goes without a device; `tests/browser/test_passkeys.py` has one."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.unit.signin.codes import confirm, person

pytestmark = pytest.mark.django_db


def test_a_form_for_the_device_waits_for_its_script(client: Client) -> None:
    client.force_login(person())
    confirm(client)

    page = client.get("/accounts/passkeys/add/").content.decode()

    assert re.search(r"<button [^>]*\bdisabled>Add the passkey<", page), "or it would be sent without a passkey"
