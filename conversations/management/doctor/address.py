"""The public address, by the way that a browser takes: name, connection, certificate, and what a proxy makes of it."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings

from conversations.management.doctor.clock import of_the_answer
from conversations.management.doctor.findings import Finding, fault, note, well
from conversations.management.doctor.sockets import of_sockets
from conversations.telemetry import probing

SECONDS = 10.0
_TRIES = 3
_SOON_DAYS, _TOO_SOON_DAYS = 21, 3
_PAGE = "/accounts/login/"
_NGINX = "proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme;"


def of_address(url: str) -> Iterator[Finding]:
    """What is found on the way to `url`; the rest is left out where the way ends before."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield fault("address", f"{url} is no address of a site.", "Name it as https://chat.example.org.")
        return
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = sorted({str(each[4][0]) for each in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)})
    except (OSError, ValueError) as error:
        yield fault(
            "address", f"{parts.hostname} is not known: {error}", "Enter it in the DNS, or correct the address."
        )
        return
    yield well("address", f"{parts.hostname} is {', '.join(found)}.")
    with httpx.Client(base_url=url, trust_env=False, timeout=SECONDS, verify=ssl.create_default_context()) as client:
        yield from _ways(client, parts)


def _ways(client: httpx.Client, parts: SplitResult) -> Iterator[Finding]:
    try:
        with client.stream("GET", "/healthz") as answer:
            certificate = _certificate(answer)
            answer.read()
    except httpx.HTTPError as error:
        yield _unreachable(error, parts)
        return
    if not _is_alive(answer):
        says = f"What answers there (HTTP {answer.status_code}) is not Chatsite."
        yield fault("address", says, f"Let the proxy hand every path on to {settings.HOST}:{settings.PORT}.")
        return
    yield well("address", "Chatsite answers.")
    yield from _of_tls(certificate, parts)
    yield from of_the_answer(answer)
    try:
        yield from _of_page(client, parts)
        yield from _of_stream(client, parts)
        yield from of_sockets(client, f"{parts.scheme}://{parts.netloc}".lower())
    except httpx.HTTPError as error:
        yield fault("proxy", f"The connection broke off: {_words(error)}", "Look at the proxy's log.")


def _is_alive(answer: httpx.Response) -> bool:
    try:
        return answer.status_code == 200 and answer.json() == {"status": "alive"}
    except ValueError:
        return False


def _unreachable(error: httpx.HTTPError, parts: SplitResult) -> Finding:
    words = _words(error)
    if "certificate" in words.lower():
        return fault(
            "certificate", words, "Give the proxy a certificate for this name that browsers know, and its chain."
        )
    is_tls = "ssl" in words.lower() or "tls" in words.lower()
    change = (
        "What listens there does not speak TLS: put a proxy with a certificate in front, or name the address with http://."
        if is_tls
        else "Start the site (manage.py up), or its proxy, and let the firewall through; or name another address."
    )
    return fault("address", f"Nobody answers at {parts.netloc}: {words}", change)


def _words(error: BaseException) -> str:
    return str(error).split(" (_ssl.c")[0] or type(error).__name__


def _certificate(answer: httpx.Response) -> dict[str, Any]:
    stream = answer.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream is not None else None
    return dict(connection.getpeercert() or {}) if connection is not None else {}


def _of_tls(certificate: dict[str, Any], parts: SplitResult) -> Iterator[Finding]:
    if parts.scheme == "http":
        if not _is_here(parts.hostname or ""):
            says = "Without HTTPS everybody on the way can read along, passwords too."
            yield note("certificate", says, "Put a proxy with a certificate in front, and start with HTTPS=1.")
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    days = (ends - datetime.now(UTC)).days
    says = f"The certificate is valid until {ends:%Y-%m-%d}, {days} days."
    if days < _SOON_DAYS:
        make = fault if days < _TOO_SOON_DAYS else note
        yield make("certificate", says, "Renew it; look why that did not happen by itself.")
    else:
        yield well("certificate", says)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _of_page(client: httpx.Client, parts: SplitResult) -> Iterator[Finding]:
    """A page, and a form from it: its fields are empty, what matters is whether the site believes where it is from."""
    answer = client.get(_PAGE)
    if answer.status_code == 400:
        change = f"Start with ALLOWED_HOSTS={parts.hostname}, or let the proxy pass the name on (nginx: {_NGINX})"
        yield fault("page", f"The site does not answer to the name {parts.hostname}.", change)
        return
    if answer.status_code >= 500:
        yield fault("page", f"The sign-in page fails: HTTP {answer.status_code}.", "Look at the site's log.")
        return
    origin = f"{parts.scheme}://{parts.netloc}"
    tokens = (value for name, value in client.cookies.items() if name.endswith("csrftoken"))
    data = {"csrfmiddlewaretoken": next(tokens, "")}
    form = client.post(_PAGE, data=data, headers={"Origin": origin, "Referer": f"{origin}{_PAGE}"})
    if form.status_code == 403:
        says = f"Forms from {origin} are refused: nobody can sign in."
        yield fault("page", says, f"Name the host in ALLOWED_HOSTS, and pass Host and scheme on (nginx: {_NGINX})")
    else:
        yield well("page", "Pages come, and forms are taken.")


def _of_stream(client: httpx.Client, parts: SplitResult) -> Iterator[Finding]:
    status, body, seconds = _slow_answer(client)
    if status != 200:
        says = f"The site there has another SECRET_KEY (HTTP {status})."
        yield fault(
            "proxy", says, "Run the doctor with the variables of the site (DATA_DIR, SECRET_KEY) on its machine."
        )
        return
    yield from _of_what_arrived(body, parts)
    whole = (probing.PIECES - 1) * probing.PAUSE
    for _again in range(_TRIES - 1):  # a machine that stood still for a moment reads all at once too
        if seconds < whole / 2:
            _status, _body, seconds = _slow_answer(client)
    if seconds < whole / 2:
        says = f"Answers are held back: what takes {whole:.0f} s to write came all at once."
        yield fault("proxy", says, "Switch buffering off (nginx: proxy_buffering off; Apache: flushpackets=on).")
    else:
        yield well("proxy", "Answers come as they are written.")


def _slow_answer(client: httpx.Client) -> tuple[int, bytes, float]:
    """Status, body, and the seconds from its first piece to its last."""
    times, body = [time.monotonic()], b""
    with client.stream("GET", probing.PATH, params={"key": probing.new_key()}) as answer:
        for piece in answer.iter_raw():
            times.append(time.monotonic())
            body += piece
    return answer.status_code, body, times[-1] - times[min(1, len(times) - 1)]


def _of_what_arrived(body: bytes, parts: SplitResult) -> Iterator[Finding]:
    arrived: dict[str, str] = json.loads(body.partition(b"\n")[0])["arrived"]
    host = arrived.get("host", "")
    if host.lower() != parts.netloc.lower():
        says = f"The site is told that it is {host}, not {parts.netloc}."
        yield fault("proxy", says, f"Let the proxy pass Host on as it came (nginx: {_NGINX})")
    scheme = arrived.get("x-forwarded-proto", "")
    if parts.scheme == "https" and not settings.HTTPS:
        yield fault("https", "The site does not know that it is reached by HTTPS.", "Start it with HTTPS=1.")
    elif settings.HTTPS and parts.scheme == "http":
        yield fault("https", "HTTPS=1, and this address is without: nobody can sign in.", "Use https://, or HTTPS=0.")
    elif settings.HTTPS and scheme != "https":
        says = f"The proxy says X-Forwarded-Proto: {scheme or '(nothing)'}."
        yield fault("https", says, f"Let it say https (nginx: {_NGINX})")
    if settings.HTTPS and "x-forwarded-for" not in arrived:
        says = "The proxy does not say who asks: limits by address hold for all together."
        yield note("proxy", says, "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;")
