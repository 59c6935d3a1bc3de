"""Every route of the site, read from the code, and an address for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from conversations.api import api

PAGE_METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A way to ask something: `path` is as `urlpatterns` have it."""

    path: str
    method: str
    operation: str = ""

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"

    def address(self, values: dict[str, object]) -> str:
        """Where it is, with `values` for its parameters. Raises KeyError for one that is not among them."""
        filled = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", lambda at: str(values[at[1] or at[2]]), self.path)
        return "/" + re.sub(r"[\^$]|\\Z", "", filled)


def routes() -> list[Route]:
    """All of them: GET and POST of every page, and what the API's operations name."""
    found = {route for path, pattern in _walk(get_resolver().url_patterns, "") for route in _of(path, pattern)}
    return sorted(found)


def _of(path: str, pattern: URLPattern) -> Iterator[Route]:
    operations = _operations()
    if path.startswith("api/v1/") and path.removeprefix("api/v1/") in operations:
        for method, operation in operations[path.removeprefix("api/v1/")]:
            yield Route(path, method, operation)
    else:
        for method in PAGE_METHODS:
            yield Route(path, method)


def _operations() -> dict[str, list[tuple[str, str]]]:
    """By the path within the API: method and name of each operation."""
    found: dict[str, list[tuple[str, str]]] = {}
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            assert isinstance(view, PathView)
            # as Django writes it
            inside = re.sub(r"{([^}]+)}", lambda at: "<" + at[1].replace("uuid:", "uuidstr:") + ">", path).lstrip("/")
            for operation in view.operations:
                pairs = [(method, operation.operation_id or "") for method in operation.methods]
                found.setdefault(inside, []).extend(pairs)
    return found


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, path)
        else:
            yield path, each
