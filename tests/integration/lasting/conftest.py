"""One site for a whole file of tests, none of which ends it; a file that wants another upstream or other settings
overrides `upstream` or `environment`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.sites import ROOT, Site
from tests.tab import PATIENCE, sign_up
from tests.upstream import Upstream


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=500) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def environment(upstream: Upstream) -> dict[str, str]:
    return {"OLLAMA_HOST": upstream.address}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site"), **environment) as site:
        yield site


@pytest.fixture(scope="module")
def cookies(site: Site) -> httpx.Cookies:
    """One sign-up for all that leave the account as it is: sign-ups are limited by address."""
    return asyncio.run(sign_up(site.address, "alice")).cookies


@pytest.fixture
async def alice(site: Site, cookies: httpx.Cookies) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.address, trust_env=False, cookies=cookies, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(scope="module")
def scopes() -> tuple[str, ...]:
    """Of the program's token; none named: the usual ones."""
    return ()


@pytest.fixture(scope="module")
def token(site: Site, cookies: httpx.Cookies, scopes: tuple[str, ...]) -> str:
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    command = [sys.executable, "manage.py", "token", "make", "alice", "test", *(f"--scope={one}" for one in scopes)]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return made.stdout.strip()


@pytest.fixture
async def program(site: Site, token: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    base = f"{site.address}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=PATIENCE) as client:
        yield client
