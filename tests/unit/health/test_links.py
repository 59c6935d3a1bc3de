"""The ways to database, Redis and model servers: TLS is spoken where the address says so, and missed elsewhere."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from chatsite.environment import database_at
from conversations.backends.http import _new_client as new_client
from conversations.management.doctor import links
from conversations.management.doctor.findings import Finding

Answer = Callable[[socket.socket], None]
PATIENCE = 60


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate of localhost's own, which nobody else knows, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = tmp_path / "authority.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + secret)
    return file


@contextmanager
def listening(answer: Answer) -> Iterator[int]:
    """A server for one connection after another; its port."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = door.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PATIENCE)
                try:
                    answer(connection)
                except OSError:  # a client that does not believe it hangs up, which is the point
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield door.getsockname()[1]
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(PATIENCE)


def within_tls(authority: Path, begin: Answer = lambda connection: None) -> Answer:
    """Redis, as far as it says yes to everything, behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)

    def answer(connection: socket.socket) -> None:
        begin(connection)
        with context.wrap_socket(connection, server_side=True) as safe:
            while safe.recv(4096):
                safe.sendall(b"+PONG\r\n")

    return answer


def postgresql(says: bytes) -> Answer:
    """What PostgreSQL says when it is asked for TLS: S or N."""

    def answer(connection: socket.socket) -> None:
        connection.recv(8)
        connection.sendall(says)

    return answer


def connect(port: int, query: str) -> None:
    found = database_at(f"postgres://chatsite:x@localhost:{port}/chatsite{query}")
    options = {name: value for name, value in found["OPTIONS"].items() if name not in ("pool", "server_side_binding")}
    psycopg.connect(host="localhost", port=found["PORT"], user="chatsite", gssencmode="disable", **options)


def test_postgresql_is_not_spoken_to_in_clear_where_the_address_asks_for_tls() -> None:
    with (
        listening(postgresql(b"N")) as port,
        pytest.raises(psycopg.OperationalError, match="does not support SSL"),
    ):
        connect(port, "?sslmode=require")


def test_a_postgresql_whose_certificate_nobody_knows_is_not_believed(authority: Path) -> None:
    with (
        listening(within_tls(authority, postgresql(b"S"))) as port,
        pytest.raises(psycopg.OperationalError, match="certificate verify failed"),
    ):
        connect(port, "?sslmode=verify-full&sslrootcert=system")


def test_a_redis_whose_certificate_nobody_knows_is_not_believed(authority: Path) -> None:
    with listening(within_tls(authority)) as port:
        known = {"socket_timeout": PATIENCE, "protocol": 2, "driver_info": None}
        with Redis.from_url(f"rediss://localhost:{port}/0?ssl_ca_certs={authority}", **known) as client:
            assert client.ping()
        with (
            Redis.from_url(f"rediss://localhost:{port}/0", **known) as client,
            pytest.raises(RedisConnectionError, match="certificate"),
        ):
            client.ping()


async def test_a_model_server_whose_certificate_nobody_knows_is_not_believed(authority: Path) -> None:
    with listening(within_tls(authority)) as port:
        async with new_client() as client:
            with pytest.raises(httpx.TransportError) as refused:
                await client.get(f"https://localhost:{port}/api/version")
    assert "certificate" in str(refused.value).lower()


@pytest.mark.parametrize(
    ("host", "is_elsewhere"),
    [
        *[("", False), ("localhost", False), ("127.0.0.2", False), ("::1", False), ("/run/postgresql", False)],
        *[("postgres", False), ("host.docker.internal", False), ("ollama.localhost", False)],
        *[("10.0.0.7", True), ("db.example.org", True), ("2001:db8::1", True)],
    ],
)
def test_what_leaves_this_machine(host: str, is_elsewhere: bool) -> None:
    assert links.is_elsewhere(host) is is_elsewhere


def set_up(monkeypatch: pytest.MonkeyPatch, database: str, layer: dict[str, Any], *models: str) -> None:
    settings = SimpleNamespace(DATABASES={"default": database_at(database)}, CHANNEL_LAYERS={"default": layer})
    monkeypatch.setattr(links, "settings", settings)
    monkeypatch.setattr(links, "read_specs", lambda: [{"address": address} for address in (*models, "")])


def test_the_doctor_misses_tls_on_the_way_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    redis = {"CONFIG": {"hosts": [{"address": "redis://:secret@10.0.0.7:6379/0"}]}}
    set_up(monkeypatch, "postgres://u:secret@db.example.org/chatsite", redis, "10.0.0.8:11434", "127.0.0.1")

    found = list(links.of_links())

    assert [each.standing for each in found] == ["note"] * 3
    assert ["PostgreSQL at db" in found[0].says, "Redis at 10.0.0.7" in found[1].says] == [True, True]
    assert "model server at 10.0.0.8" in found[2].says
    assert not any("secret" in f"{each.says} {each.change}" for each in found)


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (links.database_judged("db.org", "verify-full"), ""),
        (links.database_judged("db.org", "require"), "may be anybody"),
        (links.database_judged("db.org", "prefer"), "sslmode=prefer"),
        (links.redis_judged("rediss://r.org"), ""),
        (links.redis_judged("rediss://r.org/0?ssl_cert_reqs=none"), "may be anybody"),
        (links.redis_judged("unix:///run/redis.sock"), ""),
        (links.redis_judged("redis://redis:6379/0"), ""),
        (links.model_judged("https://models.example.org/v1"), ""),
        (links.model_judged("http://[2001:db8::1]:11434"), "may be read"),
    ],
)
def test_each_way_is_judged_by_its_address(finding: Finding | None, words: str) -> None:
    assert (words in finding.says) if finding is not None else not words


def test_ways_that_stay_here_are_well(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch, "sqlite:////srv/chatsite.sqlite3", {}, "http://127.0.0.1:11434")

    assert [each.standing for each in links.of_links()] == ["ok"]
