"""A reader that does not read holds nothing up, and costs no memory: the answer waits for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.sites import ROOT, Site

PARTS, SIZE = 200, 200 * 1024
FILL = f"""
import django; django.setup()
from conversations.models import Conversation, Message, User
for _ in range({PARTS}):
    made = Conversation.objects.create(owner=User.objects.get(), title="Long")
    Message.objects.create(conversation=made, role="user", content="x" * {SIZE})
"""
PLACE = "/api/v1/export.ndjson"
PATIENCE = 60.0


def fill(site: Site) -> None:
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    subprocess.run([sys.executable, "-c", FILL], cwd=ROOT, env=environment, check=True)


def memory(site: Site) -> int:
    """Bytes resident. A bare Debian has no `ps`, and a Mac no `/proc`."""
    status = Path(f"/proc/{site.process.pid}/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")) * 1024
    found = subprocess.run(["ps", "-o", "rss=", "-p", str(site.process.pid)], capture_output=True, check=True)
    return int(found.stdout) * 1024


def ask(site: Site, client: httpx.AsyncClient) -> socket.socket:
    """A request whose answer nobody reads yet."""
    place = urlsplit(site.address)
    connection = socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE)
    cookie = f"sessionid={client.cookies['sessionid']}"
    connection.sendall(f"GET {PLACE} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    return connection


async def test_an_answer_waits_for_its_reader(site: Site, alice: httpx.AsyncClient) -> None:
    fill(site)
    whole = len((await alice.get(PLACE, timeout=PATIENCE)).content)
    assert whole > PARTS * SIZE
    before = memory(site)
    slow = [ask(site, alice) for _ in range(3)]
    # Who reads gets everything meanwhile; so there was time enough to read ahead for the others.
    for _ in range(2):
        assert len((await alice.get(PLACE, timeout=PATIENCE)).content) == whole
    assert memory(site) - before < whole
    slow[0].close()
    slow[1].close()
    with slow[2].makefile("rb") as answer:
        assert b" 200 " in answer.readline()
        read = 0
        while answer.readline() != b"\r\n":
            pass
        while size := int(answer.readline(), 16):
            read += len(answer.read(size))
            answer.readline()
    slow[2].close()
    assert read == whole
