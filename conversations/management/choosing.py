"""Which conversations a command is about: the filters of exports, as options."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from pydantic import ValidationError

from conversations.exports.request import ExportRequest

_FILTERS = ("model", "backend", "since", "until", "state", "rating", "label", "project", "status")


def add_filters(parser: ArgumentParser) -> None:
    """All of them must fit; days are of the last activity."""
    add = parser.add_argument
    add("--all", action="store_true", help="everybody’s conversations")
    add("--package", choices=("zip", "ndjson"), default="zip", help="of many: a zip of files, or a JSON line each")
    add("--id", action="append", default=[], metavar="ID", help="this conversation; repeatable")
    add("--model", default="", metavar="NAME")
    add("--backend", default="", metavar="NAME")
    add("--since", metavar="YYYY-MM-DD")
    add("--until", metavar="YYYY-MM-DD", help="that day included")
    add("--state", default="", metavar="STATE", help="some reply is complete, stopped, interrupted or failed")
    add("--rating", default="", metavar="up|down|any", help="some reply was rated so")
    add("--label", default="", metavar="NAME")
    add("--project", default="", metavar="NAME", help="a review project")
    add("--status", default="", metavar="STATUS", help="of the review: new, in_review, follow_up or done")


def request_of(options: dict[str, Any]) -> ExportRequest:
    """What the options ask for. Raises CommandError that names the wrong one."""
    values = {name: options[name] for name in _FILTERS if options[name]}
    values |= {"ids": options["id"], "package": options["package"], "format": options["format"]}
    try:
        return ExportRequest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        raise CommandError(f"--{'id' if name == 'ids' else name}: {first['msg']}") from error
