"""Whether what goes to database, Redis and model servers can be read on its way there."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import Error

from conversations.generation.servers.specs import read_specs
from conversations.management.doctor.findings import Finding, note, well

_HERE = ("localhost", "internal")
"""Last parts of names that stay on the machine: `host.docker.internal`, `ollama.localhost`."""
_CHECKED, _SECRET = ("verify-full", "verify-ca"), "require"


def of_links() -> Iterator[Finding]:
    """What is worth a change; one finding where nothing is."""
    found = [each for each in (_of_database(), _of_redis(), *_of_models()) if each is not None]
    yield from found or [well("links", "Nothing leaves this machine, or it goes by TLS to whom its certificate names.")]


def is_elsewhere(host: str) -> bool:
    """Whether the way to it leaves this machine. A socket in a folder and a name of one part (a container) do not."""
    if not host or host.startswith(("/", "@")):
        return False
    try:
        return not ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return "." in host and host.lower().rpartition(".")[2] not in _HERE


def _of_database() -> Finding | None:
    database = settings.DATABASES["default"]
    options = database.get("OPTIONS", {})
    host = str(options.get("host") or database.get("HOST", ""))
    if "postgresql" not in database["ENGINE"] or not is_elsewhere(host):
        return None
    return database_judged(host, str(options.get("sslmode", "prefer")))


def database_judged(host: str, mode: str) -> Finding | None:
    """By the `sslmode` of its address."""
    change = "Add ?sslmode=verify-full&sslrootcert=/path/of/the/ca.pem to DATABASE_URL."
    if mode in _CHECKED:
        return None
    if mode == _SECRET:
        return note("links", f"PostgreSQL at {host} may be anybody: its certificate is not looked at.", change)
    return note("links", f"What goes to PostgreSQL at {host} may be read on its way (sslmode={mode}).", change)


def _of_redis() -> Finding | None:
    hosts = settings.CHANNEL_LAYERS["default"].get("CONFIG", {}).get("hosts")
    return redis_judged(str(hosts[0]["address"])) if hosts else None


def redis_judged(address: str) -> Finding | None:
    """By its address."""
    url = urlsplit(address)
    if url.scheme == "unix" or not is_elsewhere(url.hostname or ""):
        return None
    if url.scheme != "rediss":
        says = f"What goes to Redis at {url.hostname} may be read on its way."
        return note("links", says, "Let it speak TLS, and begin REDIS_URL with rediss://.")
    if parse_qs(url.query).get("ssl_cert_reqs", ["required"]) != ["required"]:
        says = f"Redis at {url.hostname} may be anybody: its certificate is not looked at."
        return note("links", says, "Leave ssl_cert_reqs out of REDIS_URL; name your own authority with ssl_ca_certs=.")
    return None


def _of_models() -> Iterator[Finding | None]:
    try:
        addresses = {str(spec["address"]) for spec in read_specs() if spec["address"]}
    except Error:
        return  # which is the database's finding
    yield from map(model_judged, sorted(addresses))


def model_judged(address: str) -> Finding | None:
    """By its address, in Ollama's own notation too."""
    url = urlsplit(address if "://" in address else f"http://{address}")
    if url.scheme == "https" or not is_elsewhere(url.hostname or ""):
        return None
    says = f"What is asked of the model server at {url.hostname} may be read on its way."
    return note("links", says, "Put it behind HTTPS, and begin its address with https://.")
