"""The page of the API has every operation, and nothing that the policy forbids."""

from __future__ import annotations

import re

from django.test import Client

from tests.unit.api.program import LIST

PAGE = "/api/v1/docs"


def page(language: str = "en") -> str:
    return Client(headers={"Accept-Language": language}).get(PAGE).content.decode()


def test_every_operation_and_object_is_on_the_page_once() -> None:
    document, text = Client().get("/api/v1/openapi.json").json(), page()

    for operations in document["paths"].values():
        for operation in operations.values():
            assert text.count(f'id="{operation["operationId"]}"') == 1
    objects = {name for name, schema in document["components"]["schemas"].items() if "properties" in schema}
    assert {name for name in objects if f'id="{name}"' in text} == objects


def test_every_link_within_the_page_leads_somewhere() -> None:
    text = page()

    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))


def test_scopes_errors_and_an_example_are_told() -> None:
    text = page()

    assert "curl -H &#x27;Authorization: Bearer cs_…&#x27;" in text
    assert f"http://testserver{LIST}" in text
    assert "Scope: <code>admin</code>" in text


def test_there_is_nothing_inline_and_nothing_remote() -> None:
    text = page()

    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", text)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)


def test_the_frame_is_in_the_readers_language() -> None:
    assert "Parameter" in page("de")
    assert "Operationen" in page("de")


def test_the_document_is_not_sent_again_when_it_is_known() -> None:
    first = Client().get("/api/v1/openapi.json")

    assert Client().get("/api/v1/openapi.json", headers={"If-None-Match": first["ETag"]}).status_code == 304
