"""A site that others reach: its headers by Mozilla's rules, Django's own checks, and what it refuses to start with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.observatory import A_PLUS, score
from tests.sites import PATIENCE, ROOT, Site

NAME = "chat.example.org"
PROXY = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A browser behind the proxy of a site in production."""
    site = Site(tmp_path_factory.mktemp("var"), HTTPS="1", ALLOWED_HOSTS=NAME)
    try:
        address = site.start().address
        with httpx.Client(base_url=address, headers=PROXY, timeout=PATIENCE) as found:
            yield found
    finally:
        site.close()


def sign_up(client: httpx.Client) -> httpx.Response:
    """The first person, who is the administrator. The cookies are for HTTPS, so they are carried by hand."""
    form = client.get("/accounts/signup/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token
    client.headers["Cookie"] = f"__Host-csrftoken={form.cookies['__Host-csrftoken']}"
    given = {"username": "ada", "password1": "correct horse battery", "csrfmiddlewaretoken": token[1]}
    answer = client.post("/accounts/signup/", data=given, headers={"Origin": f"https://{NAME}"})
    client.headers["Cookie"] += f"; __Host-sessionid={answer.cookies['__Host-sessionid']}"
    return answer


@pytest.fixture(scope="module")
def signing_up(client: httpx.Client) -> httpx.Response:
    """What the first person was answered."""
    return sign_up(client)


def test_every_page_scores_a_plus(client: httpx.Client, signing_up: httpx.Response) -> None:
    answers = {"signing up": signing_up}
    for address in (
        "/",
        "/account/",
        "/accounts/2fa/",
        "/library/",
        "/admin/",
        "/admin/conversations/conversation/",
        "/api/v1/docs",
        "/api/v1/me",
        "/api/v1/export?package=json",
        "/nowhere/",
    ):
        answers[address] = client.get(address)
    client.headers["Cookie"] = ""
    for address in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        answers[f"{address}, signed out"] = client.get(address)

    assert {name for name, answer in answers.items() if answer.status_code >= 500} == set()
    assert {name: score(answer) for name, answer in answers.items() if score(answer) < A_PLUS} == {}

    led = client.get("/accounts/login/?next=/", headers={"X-Forwarded-Proto": "http"})
    assert (led.status_code, led.headers["Location"]) == (301, f"https://{NAME}/accounts/login/?next=/")
    assert client.get("/api/v1/me", headers={"X-Forwarded-Proto": "http"}).status_code == 401, "a program is told"


@pytest.mark.usefixtures("signing_up")
def test_every_cookie_belongs_to_this_host_alone(client: httpx.Client) -> None:
    client.headers["Cookie"] = ""
    form = client.get("/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token
    client.headers["Cookie"] = f"__Host-csrftoken={form.cookies['__Host-csrftoken']}"
    given = {"csrfmiddlewaretoken": token[1], "login": "ada", "password": "correct horse battery", "language": "de"}
    origin = {"Origin": f"https://{NAME}"}
    answers = [
        form,
        *(client.post(door, data=given, headers=origin) for door in ("/language/setlang/", "/accounts/login/")),
    ]
    kept = {name: answers[-1].cookies[f"__Host-{name}"] for name in ("csrftoken", "sessionid")}
    client.headers["Cookie"] = "; ".join(f"__Host-{name}={value}" for name, value in kept.items())
    renamed = {"csrfmiddlewaretoken": kept["csrftoken"], "name": "Ada"}
    answers.append(client.post("/account/", data=renamed, headers=origin))  # which says so on the next page

    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names >= {f"__Host-{name}" for name in ("csrftoken", "sessionid", "django_language", "messages")}, cookies
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert cookie.startswith("__Host-"), cookie
        assert {"secure", "path=/", "samesite=lax"} <= parts, cookie
        assert not any(part.startswith("domain") for part in parts), cookie
        assert "httponly" in parts or cookie.startswith("__Host-csrftoken="), cookie


def test_the_rules_see_what_is_wrong() -> None:
    good = {
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "strict-transport-security": "max-age=31536000",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    assert score(httpx.Response(200, headers=good)) >= A_PLUS
    for name, value in (
        ("content-security-policy", "default-src 'none'; script-src 'unsafe-inline'"),
        ("strict-transport-security", "max-age=60"),
        ("set-cookie", "sessionid=1; Secure; SameSite=Lax"),
        ("access-control-allow-origin", "*"),
    ):
        assert score(httpx.Response(200, headers=good | {name: value})) < score(httpx.Response(200, headers=good))


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, timeout=PATIENCE
    )


def test_djangos_checks_find_nothing_in_production(tmp_path: Path) -> None:
    found = manage(
        *("check", "--deploy", "--fail-level", "WARNING"),
        DATA_DIR=str(tmp_path),
        HTTPS="1",
        HOST="0.0.0.0",
        ALLOWED_HOSTS=NAME,
    )

    assert (found.returncode, found.stderr.count("security.")) == (0, 0), found.stderr


def test_it_does_not_start_where_others_reach_it_with_what_is_for_home_only(tmp_path: Path) -> None:
    refused = manage(
        *("up", "--no-open"),
        DATA_DIR=str(tmp_path),
        HOST="0.0.0.0",
        PORT="0",
        DEBUG="1",
        SECRET_KEY="changeme",
        ALLOWED_HOSTS="*",
    )

    assert refused.returncode == 1
    assert "Chatsite does not start on 0.0.0.0" in refused.stderr
    for named in ("DEBUG is on", "SECRET_KEY can be guessed", "ALLOWED_HOSTS is *"):
        assert named in refused.stderr
    assert not (tmp_path / "chatsite.sqlite3").exists(), "nothing was begun"
