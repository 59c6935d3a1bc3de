"""The doctor at a real site, by itself and behind real proxies with the usual faults."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conversations.management.doctor.address import of_address
from conversations.management.doctor.findings import Finding
from tests.integration.operations.proxy import Habit, Proxy
from tests.sites import PATIENCE, ROOT, Site
from tests.upstream import Upstream


@pytest.fixture(autouse=True)
def _with_the_sites_key(site: Site, settings: Any) -> None:
    settings.SECRET_KEY = (site.folder / "secret_key").read_text().strip()


def faults_at(address: str) -> dict[str, Finding]:
    return {each.part: each for each in of_address(address) if each.standing == "fault"}


def behind(site: Site, habit: Habit, tls: ssl.SSLContext | None = None) -> dict[str, Finding]:
    with Proxy(site.address, habit, tls) as proxy:
        return faults_at(proxy.address)


def test_a_good_proxy_has_no_fault(site: Site) -> None:
    with Proxy(site.address) as proxy:
        found = list(of_address(proxy.address))

    assert [each.standing for each in found] == ["ok"] * len(found), found
    assert {"address", "page", "proxy", "websocket"} == {each.part for each in found}


def test_a_proxy_that_buffers(site: Site) -> None:
    found = behind(site, "buffers")

    assert list(found) == ["proxy"]
    assert "held back" in found["proxy"].says
    assert "proxy_buffering off" in found["proxy"].change


def test_a_proxy_that_drops_upgrade(site: Site) -> None:
    found = behind(site, "drops_upgrade")

    assert list(found) == ["websocket"]
    assert "Upgrade" in found["websocket"].change


def test_a_proxy_that_says_its_own_name(site: Site) -> None:
    found = behind(site, "own_host")

    assert set(found) == {"page", "proxy", "websocket"}
    assert "Host" in found["proxy"].change


def test_a_certificate_that_nobody_knows_and_https_that_the_site_does_not_know_of(
    site: Site, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, tls = certificate
    assert list(behind(site, "none", tls)) == ["certificate"]

    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    found = behind(site, "none", tls)
    assert set(found) == {"certificate", "https", "page", "websocket"}
    assert "1 days" in found["certificate"].says
    assert "HTTPS=1" in found["https"].change


def test_another_site_another_key_and_nobody(site: Site, upstream: Upstream, settings: Any) -> None:
    assert "is not Chatsite" in faults_at(upstream.address)["address"].says
    settings.SECRET_KEY = "another"
    assert "SECRET_KEY" in faults_at(site.address)["proxy"].says
    assert "Nobody answers" in faults_at("http://127.0.0.1:9")["address"].says
    assert "not known" in faults_at("http://nowhere.invalid")["address"].says
    assert "no address" in faults_at("chat.example.org")["address"].says


def test_the_whole_of_it(site: Site) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "doctor", site.address, "--json"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **site.environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    told = json.loads(ran.stdout)
    # The PostgreSQL of the tests is quick and forgetful on purpose.
    faults = [each["says"] for each in told["findings"] if each["standing"] == "fault"]

    assert set(faults) <= {"fsync is off.", "synchronous_commit is off."}, told
    assert (ran.returncode, told["faults"]) == (bool(faults), len(faults))
    parts = {each["part"] for each in told["findings"]}
    assert {"settings", "disk", "database", "redis", "models", "mail", "address", "proxy", "websocket"} <= parts


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """For localhost, signed by itself, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=36))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context
