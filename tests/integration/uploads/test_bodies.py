"""A body without end fills no disk: the server hangs up at its limit, and goes on serving others."""

from __future__ import annotations

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from chatsite.serving.bodies import BODY_LIMIT
from tests.sites import PATIENCE, Site

HEAD = b"POST /attachments/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
PIECE = b"x" * (1024 * 1024)


def connect(site: Site) -> socket.socket:
    place = urlsplit(site.address)
    assert place.hostname
    assert place.port
    return socket.create_connection((place.hostname, place.port), timeout=PATIENCE)


def first_line(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as answer:
        return answer.readline()


def pour(connection: socket.socket, most: int) -> int:
    """Send chunks until nobody takes them; how many bytes were taken."""
    sent = 0
    with suppress(OSError):
        while sent <= most:
            connection.sendall(f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n")
            sent += len(PIECE)
    return sent


def test_an_announced_length_beyond_the_limit_is_refused_at_once(site: Site) -> None:
    with connect(site) as connection:
        connection.sendall(HEAD + f"Content-Length: {BODY_LIMIT + 1}\r\n\r\n".encode())
        assert first_line(connection) == b"HTTP/1.1 413 Content Too Large\r\n"
    assert httpx.get(f"{site.address}/accounts/login/", trust_env=False, timeout=PATIENCE).status_code == 200


def test_a_body_that_grows_beyond_the_limit_is_cut_off(site: Site) -> None:
    with connect(site) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        assert pour(connection, 4 * BODY_LIMIT) <= 2 * BODY_LIMIT
    assert httpx.get(f"{site.address}/accounts/login/", trust_env=False, timeout=PATIENCE).status_code == 200


def test_a_body_below_the_limit_comes_to_the_door(site: Site) -> None:
    answered = httpx.post(f"{site.address}/attachments/", content=PIECE * 30, trust_env=False, timeout=PATIENCE)
    assert answered.status_code == 403, "without a token of the page"


def test_a_form_that_is_none_is_answered_by_the_site(site: Site) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answered = httpx.post(
        f"{site.address}/api/v1/attachments", content=b"--x--\r\n", headers=headers, trust_env=False, timeout=PATIENCE
    )
    assert (answered.status_code, answered.headers["Content-Type"]) == (401, "application/problem+json")
