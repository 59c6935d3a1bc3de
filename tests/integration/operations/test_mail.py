"""A forgotten password, by way of a mail server that wants a user and a password, as `EMAIL_URL` names them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.integration.operations.mailbox import PASSWORD, Mailbox
from tests.sites import PATIENCE, ROOT, Site
from tests.tab import PASSWORD as TABS
from tests.tab import post, sign_up


async def test_a_forgotten_password_is_made_new_by_mail(site: Site, mailbox: Mailbox) -> None:
    bob = await sign_up(site.address, "bob")
    assert (await post(bob, "/accounts/confirm/", password=TABS)).is_success
    assert (await post(bob, "/account/", name="Bob", email="bob@example.net")).is_success
    await post(bob, "/accounts/logout/")
    asked = await post(bob, "/accounts/password/reset/", email="bob@example.net")
    message = mailbox.messages.get(timeout=PATIENCE)
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+)", message.get_content())
    assert link
    form = await bob.get(link[1])
    new = "another reading room 8"
    await post(bob, form.url.path, password1=new, password2=new)
    entered = await post(bob, "/accounts/login/", login="bob", password=new)
    await bob.aclose()

    assert asked.is_success
    assert (message["To"], message["From"]) == ("bob@example.net", "Chatsite <chat@example.org>")
    assert entered.url.path == "/"
    assert PASSWORD not in site.output
    assert link[1] not in site.output


def test_a_wrong_variable_is_told_in_a_line_and_without_its_password(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "manage.py", "up", "--no-open"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), "EMAIL_URL": "smtp://bob:hors3radish@mail:port"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("EMAIL_URL cannot be used: the port is no number")
    assert "EMAIL_URL='smtp://user:password@mail.example.org:587/?from=chat@example.org'" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hors3radish" not in refused.stderr
