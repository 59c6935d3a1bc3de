"""What the doctor makes of what it is told: each fault has its words, and what to change."""

from __future__ import annotations

import json
import smtplib
import socket
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from conversations.backends.base import ModelInfo
from conversations.backends.registry import BackendState
from conversations.management.commands import doctor
from conversations.management.doctor import clock, configuration, servers, stores
from conversations.management.doctor.findings import Finding, fault, well

POSTGRESQL = {
    "server_version": "16.1",
    "server_version_num": "160001",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
}
KEY = "".join(map(chr, range(48, 100)))


@pytest.mark.parametrize(
    ("seconds", "says"), [(0.5, "agrees"), (-2.9, "agrees"), (20, "20 s ahead"), (-400, "400 s behind")]
)
def test_a_clock(seconds: float, says: str) -> None:
    found = clock.judged("Redis", seconds)
    assert says in found.says
    assert (found.standing == "fault") is ("agrees" not in says)


def test_the_clock_of_a_proxy_is_its_date() -> None:
    late = httpx.Response(200, headers={"Date": formatdate(time.time() - 600, usegmt=True)})
    assert [each.standing for each in clock.of_the_answer(late)] == ["fault"]
    assert not list(clock.of_the_answer(httpx.Response(200)))
    assert not list(clock.of_the_answer(httpx.Response(200, headers={"Date": "yesterday"})))


def test_sqlite() -> None:
    assert stores.sqlite_judged("3.45", "wal", 1) == well("database", "SQLite 3.45, journal wal, synchronous NORMAL.")
    assert "local disk" in stores.sqlite_judged("3.45", "delete", 1).change
    assert "power cut" in stores.sqlite_judged("3.45", "wal", 0).change


@pytest.mark.parametrize(
    ("changed", "used", "standings", "words"),
    [
        ({}, 20, ["ok"], "20 of 100"),
        ({}, 90, ["note"], "max_connections"),
        ({"server_version_num": "120004"}, 20, ["fault"], "PostgreSQL 13"),
        ({"fsync": "off"}, 20, ["ok", "fault"], "fsync = on"),
        ({"synchronous_commit": "off"}, 20, ["ok", "fault"], "power cut"),
    ],
)
def test_postgresql(changed: dict[str, str], used: int, standings: list[str], words: str) -> None:
    found = list(stores.postgresql_judged({**POSTGRESQL, **changed}, used))
    assert [each.standing for each in found] == standings
    assert words in f"{found[-1].says} {found[-1].change}"


@pytest.mark.django_db
def test_a_missing_migration_and_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        each for each in stores.of_database() if not each.says.endswith(" is off.")
    ]  # a database of tests may forget
    assert {each.standing for each in found} == {"ok"}, found
    latest = MigrationRecorder(connection).migration_qs.filter(app="conversations").latest("name")
    latest.delete()
    assert f"conversations.{latest.name}" in list(stores.of_database())[-1].says

    def away() -> None:
        raise OperationalError("connection refused\nDETAIL: secret")

    monkeypatch.setattr(stores, "_of_sqlite", away)
    monkeypatch.setattr(stores, "_of_postgresql", away)
    (one,) = stores.of_database()
    assert one.standing == "fault"
    assert "secret" not in one.says


def test_redis(settings: Any) -> None:
    assert stores.redis_judged({"redis_version": "7", "used_memory": 10**7}).standing == "ok"
    assert "maxmemory" in stores.redis_judged({"used_memory": 95, "maxmemory": 100}).change
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    assert [each.standing for each in stores.of_redis()] == ["ok"]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        hosts = {"hosts": [{"address": address}]}
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": "conversations.live.redis_layer.RedisLayer", "CONFIG": hosts}}
        assert [each.change for each in stores.of_redis()] == ["Start it, and check REDIS_URL."]


def test_the_disk(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    key = tmp_path / "secret_key"
    key.write_text("x")
    key.chmod(0o644)
    assert [each.change for each in stores.of_disk() if each.standing == "fault"] == [f"chmod 600 {key}"]
    key.chmod(0o600)
    assert "fault" not in {each.standing for each in stores.of_disk()}
    settings.DATA_DIR = tmp_path / "nowhere"
    assert [each.standing for each in stores.of_disk()] == ["fault"]


def test_a_model_server() -> None:
    spec: dict[str, object] = {"name": "ollama"}
    up = BackendState("ollama", "http://h:1", "up", (ModelInfo("m"),), "0.5")
    assert servers.judged(spec, up) == well("models", "Ollama (http://h:1) 0.5 has 1 models.")
    assert "pull" in servers.judged(spec, BackendState("ollama", "", "up")).change
    down = servers.judged(spec, BackendState("ollama", "http://h:1", "down", code="upstream_down", detail="refused"))
    assert (down.standing, "refused" in down.says) == ("fault", True)


def test_settings(settings: Any) -> None:
    settings.SECRET_KEY, settings.ALLOWED_HOSTS, settings.DEBUG = KEY, ["chat.example.org"], False
    settings.METRICS_TOKEN = ""
    assert [each.standing for each in configuration.of_settings("https://chat.example.org")] == ["ok"]
    assert "ALLOWED_HOSTS" in next(configuration.of_settings("https://other.example.org")).says

    settings.SECRET_KEY, settings.ALLOWED_HOSTS, settings.DEBUG = "changeme", ["*"], True
    settings.METRICS_TOKEN = "short"
    found = list(configuration.of_settings("https://chat.example.org"))
    assert [each.standing for each in found] == ["fault", "fault", "fault", "note"]
    assert all(each.change for each in found)


class Refusing(EmailBackend):
    error: Exception = OSError("refused")

    def open(self) -> bool:
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("refused"), "host and port in EMAIL_URL"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "both in EMAIL_URL"),
        (smtplib.SMTPSenderRefused(550, b"no", "x"), "from="),
    ],
)
def test_a_mail_server_that_refuses(
    settings: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_BACKEND = "mail.example.org", f"{__name__}.Refusing"
    monkeypatch.setattr(Refusing, "error", error)
    (found,) = configuration.of_mail("")
    assert (found.standing, words in found.change) == ("fault", True)


def test_a_message_is_sent_only_when_asked_for(settings: Any) -> None:
    assert [each.standing for each in configuration.of_mail("")] == ["note"]
    settings.EMAIL_HOST = "mail.example.org"
    assert [each.standing for each in configuration.of_mail("")] == ["ok"]
    assert not mail.outbox
    assert [each.standing for each in configuration.of_mail("ops@example.org")] == ["ok"]
    assert [message.to for message in mail.outbox] == [["ops@example.org"]]


@pytest.mark.parametrize("found", [[well("disk", "x")], [well("disk", "x"), fault("redis", "away\x1b[2J", "start")]])
def test_the_command_ends_with_what_it_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], found: list[Finding]
) -> None:
    monkeypatch.setattr(doctor, "_all", lambda url, mail: iter(found))
    monkeypatch.setattr(doctor, "prepare_process", lambda: None)
    has_faults = len(found) == 2
    for options in ({}, {"json": True}):
        try:
            call_command("doctor", "https://chat.example.org/", **options)
            status = 0
        except SystemExit as end:
            status = int(str(end.code))
        assert status == has_faults
        text = capsys.readouterr().out
        assert "\x1b[2J" not in text
        if options:
            told = json.loads(text)
            assert (told["address"], told["faults"]) == ("https://chat.example.org", int(has_faults))
        else:
            assert ("→ start" in text) is has_faults
            assert text.rstrip().endswith("1 fault." if has_faults else "no faults.")


def test_the_address_is_known_without_being_named(settings: Any) -> None:
    settings.HTTPS, settings.HOST, settings.PORT = False, "0.0.0.0", 8000
    assert doctor._own_address() == "http://127.0.0.1:8000"
    settings.HTTPS, settings.CSRF_TRUSTED_ORIGINS = True, ["https://chat.example.org"]
    assert doctor._own_address() == "https://chat.example.org"
