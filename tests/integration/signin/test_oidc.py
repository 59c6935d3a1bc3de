"""Sign-in at a real provider, in a process of its own, to a real site: who comes in, as whom, and who does not."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.oidc.provider import CLIENT, SECRET
from tests.sites import PATIENCE, ROOT, Site

FAULTS = (*("issuer", "issuer of all", "audience", "expired", "nonce", "signature", "unsigned", "person", "denied"),)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Where a provider is."""
    command = [sys.executable, "-m", "tests.oidc"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Site]:
    """A site with an administrator, at which one may also sign in with the provider."""
    variables = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    made = Site(tmp_path_factory.mktemp("site"), **variables)
    try:
        inside(made.start(), "User.objects.create_superuser('ada', 'ada@example.org', 'x')")
        yield made
    finally:
        made.close()


def inside(site: Site, code: str) -> str:
    """What the code prints, run with the site's variables."""
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", f"from conversations.models import *\n{code}"]
    ran = subprocess.run(command, cwd=ROOT, env=inherited | site.environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def come(site: Site, issuer: str, **claims: str) -> httpx.Response:
    """Sign in with the provider in a new browser; the last page."""
    httpx.post(f"{issuer}/next", json=claims, timeout=PATIENCE).raise_for_status()
    page = {"Accept": "text/html"}
    with httpx.Client(base_url=site.address, headers=page, follow_redirects=True, timeout=PATIENCE) as browser:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/accounts/login/").text)
        assert token
        leading = browser.post("/accounts/oidc/", data={"csrfmiddlewaretoken": token[1]})
        found = re.search(r'content="0;url=([^"]+)"', leading.text)
        return browser.get(html.unescape(found[1])) if found else leading


def path_of(answer: httpx.Response) -> str:
    return urlsplit(str(answer.url)).path


def asked_of_the_provider(site: Site, issuer: str) -> dict[str, list[str]]:
    """What a sign-in takes along to the provider, though its link tries to add something."""
    with httpx.Client(base_url=site.address, timeout=PATIENCE) as browser:
        door = browser.get("/accounts/login/").text
        assert f"Sign in with {urlsplit(issuer).hostname}" in door
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', door)
        assert token
        given = {"csrfmiddlewaretoken": token[1]}
        page = browser.post("/accounts/oidc/?scope=everything&auth_params=prompt%3Dnone", data=given).text
    found = re.search(r'content="0;url=([^"]+)"', page)
    assert found
    return parse_qs(urlsplit(html.unescape(found[1])).query)


def test_people_come_in_by_the_sites_rules(site: Site, issuer: str) -> None:
    carol = {"sub": "1", "preferred_username": "carol", "email": "ada@example.org", "name": "Carol Jones"}
    first = come(site, issuer, **carol)
    again = come(site, issuer, **{**carol, "preferred_username": "renamed"})
    namesake = come(site, issuer, sub="2", preferred_username="ada")

    assert [path_of(answer) for answer in (first, again, namesake)] == ["/", "/", "/"]
    names = inside(site, "print(*User.objects.order_by('pk').values_list('username', 'is_superuser', 'is_approved'))")
    assert names.startswith("('ada', True, True) ('carol', False, True) ("), names
    assert (names.count("("), names.count("'ada'")) == (3, 1), "nobody is found by a name or an address"

    inside(site, "SiteSettings.objects.update(signup='approval')")
    assert path_of(come(site, issuer, sub="3", preferred_username="dan")) == "/waiting/"
    inside(site, "SiteSettings.objects.update(signup='closed')")
    assert "Sign-up is closed" in come(site, issuer, sub="4", preferred_username="eve").text
    assert path_of(come(site, issuer, **carol)) == "/", "who is in stays in"
    inside(site, "User.objects.filter(username='carol').update(is_active=False)")
    assert path_of(come(site, issuer, **carol)) == "/accounts/inactive/"


def test_no_answer_is_believed_that_is_not_the_providers_own(site: Site, issuer: str) -> None:
    for fault in FAULTS:
        answer = come(site, issuer, sub="9", preferred_username="mallory", fault=fault)
        expected = (200, "Sign in") if fault == "denied" else (401, "The sign-in failed")
        assert answer.status_code == expected[0], fault
        assert expected[1] in answer.text, fault
    assert inside(site, "print(User.objects.filter(username='mallory').count())") == "0"

    with httpx.Client(base_url=site.address, timeout=PATIENCE) as browser:
        assert browser.get("/accounts/oidc/").status_code == 405, "a link alone begins nothing"
        assert browser.post("/accounts/oidc/").status_code == 403
        forged = browser.get("/accounts/oidc/callback/", params={"code": "stolen", "state": "guessed"})
        assert (forged.status_code, "The sign-in failed" in forged.text) == (401, True)


def test_the_request_to_the_provider_names_what_it_must(site: Site, issuer: str) -> None:
    asked = asked_of_the_provider(site, issuer)
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}, "a link adds nothing"
    assert "prompt" not in asked
    assert asked["redirect_uri"] == [f"{site.address}/accounts/oidc/callback/"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert "acr_values" not in asked, "nobody asked for it"


def test_who_signs_in_more_weakly_than_the_site_asks_does_not_come_in(site: Site, issuer: str) -> None:
    inside(site, "SiteSettings.objects.update(oidc_acr='phr mfa', signup='open')")

    for acr, status in (("phr", 200), ("mfa", 200), ("pwd", 401), ("", 401)):
        told = {"acr": acr} if acr else {}
        answer = come(site, issuer, sub=f"acr {acr}", preferred_username=f"acr{acr}", **told)
        assert answer.status_code == status, acr
        assert path_of(answer) == ("/" if status == 200 else "/accounts/oidc/callback/"), acr
    assert asked_of_the_provider(site, issuer)["acr_values"] == ["phr mfa"]
