"""`manage.py models`: what the servers have, and everything that can be done with it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from conversations.management.describing import PARTS
from conversations.management.library import verbs
from conversations.management.machine import run

_VERBS = {
    "list": verbs.show_list,
    "ps": verbs.show_running,
    "show": verbs.show_model,
    "pull": verbs.pull,
    "push": verbs.push,
    "create": verbs.create,
    "copy": verbs.copy,
    "delete": verbs.delete,
    "load": verbs.load,
    "unload": verbs.unload,
}


class Command(BaseCommand):
    """Each verb asks the server, and says what became of it. Downloads appear in the browser's library as well."""

    help = "List, show, pull, push, create, copy, delete, load and unload models. Without a verb it lists them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A parser for each verb."""
        add = parser.add_subparsers(dest="verb", metavar="VERB").add_parser
        add("list", help="all models of all servers (also without a verb)")
        add("ps", help="what is in memory now")
        _named(add("show", help="what is known of a model")).add_argument(
            "part", nargs="?", choices=PARTS, default="info", help="one part of it (info)"
        )
        pull = _named(add("pull", help="download; the same again goes on from where it was"))
        pull.add_argument("--server", default="", help="which server; the first that can without this")
        _named(add("push", help="upload")).add_argument("--insecure", action="store_true", help="without TLS")
        pull.add_argument("--insecure", action="store_true", help="without TLS")
        _add_create(_named(add("create", help="make a model from another")))
        copy = add("copy", help="give a model a second name")
        copy.add_argument("source")
        copy.add_argument("name")
        delete = _named(add("delete", help="remove a model"))
        delete.add_argument("--yes", action="store_true", help="do not ask")
        load = _named(add("load", help="bring a model into memory"))
        load.add_argument("--keepalive", metavar="DURATION", help="how long it stays, such as 30m; -1 for good")
        _named(add("unload", help="give its memory back"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError in plain words; exits with 130 after Ctrl-C, which cancels a transfer."""
        verb = _VERBS[options["verb"] or "list"]
        run(lambda: verb(options))


def _named(parser: Any) -> Any:
    parser.add_argument("name")
    return parser


def _add_create(parser: Any) -> None:
    add = parser.add_argument
    add("--from", dest="source", required=True, metavar="MODEL", help="which model it is made from")
    add("--system", metavar="TEXT", help="its system prompt")
    add("--template", metavar="TEXT|@FILE", help="its prompt template")
    add("--license", metavar="TEXT|@FILE", help="its licence")
    add("--parameter", action="append", default=[], metavar="NAME=VALUE", help="such as temperature=0.2; repeatable")
    add("--quantize", metavar="TYPE", help="such as q4_K_M, from a model of full precision")
