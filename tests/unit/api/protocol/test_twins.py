"""What the browser can do a program can do: each page that changes something, and each command, has its twin named."""

from __future__ import annotations

import re
from typing import get_args

from conversations.api import api
from conversations.live.protocol.commands import Command
from tests.house.sources import ROOT
from tests.unit.access.routes import PAGE_METHODS, routes

PAGE = (ROOT / "docs" / "rest.md").read_text("utf-8").partition("## What the browser does")[2]
NOT_FOR_PROGRAMS = ("accounts/", "account/", "language/")
ELSEWHERE = ("admin/", "api/", "jsi18n/")


def rows() -> list[tuple[str, str]]:
    found = re.findall(r"^\| (.*?) \| .*? \| (.*?) \|$", PAGE, re.MULTILINE)
    return [(page, operation) for page, operation in found if "`" in page]


def words(cells: list[str]) -> set[str]:
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_every_page_that_may_change_something_has_its_twin() -> None:
    told = words([page for page, _operation in rows()])
    pages = {route.path for route in routes() if route.method in PAGE_METHODS and not route.operation}
    shown = {
        "/" + re.sub(r"<[^>]+>", "…", path) for path in pages if not path.startswith((*ELSEWHERE, *NOT_FOR_PROGRAMS))
    }
    changing = {path for path in shown if path.count("/") > 2 or path == "/attachments/"}
    only_shown = {"/attachments/…/file/", "/attachments/…/thumbnail/", "/attachments/…/text/", "/c/…/path/", "/s/…/"}
    only_shown |= {path for path in changing if re.match(r"/library/(…/(models|details|try)|jobs)/$", path)}
    assert changing - told - only_shown == set()


def test_every_command_of_the_socket_has_its_twin() -> None:
    union, _discriminator = get_args(Command)
    told = words([page for page, _operation in rows()])

    assert {command.model_fields["type"].default for command in get_args(union)} - told == set()


def test_every_twin_is_an_operation() -> None:
    there = {
        operation["operationId"] for path in api.get_openapi_schema()["paths"].values() for operation in path.values()
    }
    assert words([operation for _page, operation in rows()]) - there == set()
