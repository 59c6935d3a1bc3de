"""The catalogue of the page's scripts answers in the language of its address, because browsers keep it for ever."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse


def test_the_address_names_the_language_not_the_browser(client: Client) -> None:
    german = client.get(reverse("jsi18n", args=["de", "build"]), headers={"Accept-Language": "en"})
    english = client.get(reverse("jsi18n", args=["en", "build"]), headers={"Accept-Language": "de"})
    assert "R\\u00fcckg\\u00e4ngig" in german.text
    assert "R\\u00fcckg\\u00e4ngig" not in english.text
    assert "immutable" in german.headers["Cache-Control"]


def test_a_language_the_site_does_not_speak_is_not_found(client: Client) -> None:
    assert client.get("/jsi18n/xx/build/").status_code == 404
