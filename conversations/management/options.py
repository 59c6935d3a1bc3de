"""Options that several commands have, and what they mean; what is wrong with one is said with its limits."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.management.base import CommandError

from conversations.management.chat.screen import Screen, has_color
from conversations.management.chat.wishes import BadValue, Wishes
from conversations.management.machine import USAGE, is_redirected


def add_asking(parser: ArgumentParser) -> None:
    """How a model is to be asked."""
    add = parser.add_argument
    add("--system", metavar="TEXT", help="what stands ahead of every message")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="such as temperature=0.2; repeatable")
    add("--format", metavar="json|SCHEMA", help="the reply is JSON; by a schema, or a file that holds one")
    add("--think", metavar="LEVEL", help="let the model think: --think, --think=off, --think=high …")
    add("--keepalive", metavar="DURATION", help="how long the model stays loaded, such as 5m")
    add("--hidethinking", action="store_true", help="do not show what it thinks")
    add("--nowordwrap", action="store_true", help="do not break lines between words")
    # `--verbose` is ours; Django's `--verbosity` has nothing to say here.
    add("--verbose", action="store_true", help="print tokens and times after each reply")


def mix(parser: ArgumentParser) -> None:
    """Options may stand between model and text, and `--think` takes no word that follows it for its level."""
    parser.parse_args = partial(_parse, parser)  # type: ignore[method-assign,assignment]


def take_wishes(wishes: Wishes, options: dict[str, Any]) -> None:
    """What the options ask for. Raises CommandError with the status of a wrong use."""
    try:
        wishes.set_options(options["option"])
        if options["keepalive"] is not None:
            wishes.set_option("keep_alive", [options["keepalive"]])
        if options["system"] is not None:
            wishes.set_system(options["system"])
        if options["think"] is not None:
            wishes.set_think(options["think"])
        if options["format"] is not None:
            wishes.set_format(options["format"])
        if options.get("tool"):
            wishes.set_tools(options["tool"])
    except BadValue as bad:
        raise CommandError(str(bad), returncode=USAGE) from bad


def screen_of(options: dict[str, Any]) -> Screen:
    """Where the reply goes, as the options want it."""
    is_colored = has_color(sys.stdout) and not options["no_color"]
    screen = Screen(sys.stdout, sys.stderr, has_color=is_colored, is_verbose=options["verbose"])
    screen.is_wrapped = not options["nowordwrap"]
    screen.shows_thinking = not options["hidethinking"]
    return screen


def given_text(text: str) -> str | None:
    """The one message of the command line and standard input; None when somebody sits at the terminal."""
    if sys.stdin is None or (text and not is_redirected(sys.stdin)):
        return text
    if not sys.stdin.isatty():
        piped = sys.stdin.read()
        return f"{text}\n\n{piped}" if text and piped.strip() else text or piped
    return text or None


def _parse(parser: ArgumentParser, args: Sequence[str] | None = None, namespace: Namespace | None = None) -> Namespace:
    words = ["--think=on" if word == "--think" else word for word in (sys.argv[2:] if args is None else args)]
    return parser.parse_intermixed_args(words, namespace)
