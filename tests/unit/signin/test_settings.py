"""The provider that the environment names."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite import environment


def set_to(monkeypatch: pytest.MonkeyPatch, issuer: str, client: str = "chatsite") -> str:
    monkeypatch.setenv("OIDC_ISSUER", issuer)
    monkeypatch.setenv("OIDC_CLIENT_ID", client)
    return environment.issuer()


@pytest.mark.parametrize("issuer", ["https://id.example.org/realm", "http://localhost:9000", "http://127.0.0.1:9", ""])
def test_a_provider_that_can_be_trusted(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    assert set_to(monkeypatch, issuer) == issuer


def test_its_document_names_it_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    document = "https://id.example.org/realm/.well-known/openid-configuration"
    assert set_to(monkeypatch, document) == "https://id.example.org/realm"


@pytest.mark.parametrize(("issuer", "client"), [("http://a.example", "x"), ("a.example", "x"), ("https://a", "")])
def test_one_that_cannot_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, issuer: str, client: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_"):
        set_to(monkeypatch, issuer, client)
