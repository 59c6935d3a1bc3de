"""`manage.py chat`: a conversation in the terminal, kept with all the others."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from conversations.management.chat.lookups import Unclear, find_conversation, latest_conversation
from conversations.management.chat.prompting import Commands, Line, unquoted
from conversations.management.chat.screen import has_color
from conversations.management.chat.slash import LEAVE, Slash
from conversations.management.chat.talk import Talk
from conversations.management.chat.turns import Turns
from conversations.management.chat.wishes import Wishes
from conversations.management.finding import no_such_model
from conversations.management.machine import FAILED, let_go_of_output, prepare_database, prepare_process
from conversations.management.options import add_asking, given_text, mix, screen_of, take_wishes
from conversations.management.people import find_user, who
from conversations.models import Conversation, User
from conversations.text import is_blank


class Command(BaseCommand):
    """Asks and shows; who asks and how it is stored is the business of `generation`."""

    help = (
        "Chat with a model in the terminal. Without a text it asks for one message after another: Ctrl-C stops a "
        "reply and keeps it, /? lists the commands, /bye or Ctrl-D leaves. "
        "What is piped in is one message, behind the text if there is one."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Model, text, for whom, and how to ask."""
        mix(parser)
        add = parser.add_argument
        add("model", nargs="?", default="", help="its name; the site's first model without one")
        add("text", nargs="*", help="one message: its reply is printed, and that is all")
        add("--user", default="", help="whose conversation it is; the only administrator's without one")
        add("--conversation", default="", metavar="ID", help="go on with this one: identifier, its beginning, or title")
        add("--continue", action="store_true", dest="latest", help="go on with the latest conversation")
        add("--file", action="append", default=[], metavar="FILE", help="send it with the text: picture, text or PDF")
        add("--tool", action="append", default=[], metavar="NAME", help="let the model call it, such as calculator")
        add_asking(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when it cannot begin; exits with 1 after a failed reply, 130 after a stopped one."""
        prepare_process()
        prepare_database()
        user = find_user(options["user"])
        before = _conversation(user, options)
        self._wishes = Wishes()
        if before is not None:
            self._wishes.take(before)
        take_wishes(self._wishes, options)
        self._screen = screen_of(options)
        with Talk(who(user.pk)) as self._talk:
            self._talk.approves = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
            if before is not None:
                self._talk.go_on_with(before)
            text = given_text(self._choose_model(options["model"], options["text"], before))
            self._turns = Turns(self._talk, self._screen, self._wishes, user)
            try:
                status = self._converse(user, before) if text is None else self._turns.send(text, options["file"])
            except BrokenPipeError:
                let_go_of_output()
                status = FAILED
        if status:
            sys.exit(status)

    def _choose_model(self, name: str, words: list[str], before: Conversation | None) -> str:
        """The text that was given. One word of it alone may be the model's name, or a message to go on with."""
        chosen = self._talk.find_model(name or (before.model_name if before else ""))
        if chosen is None and before is not None:
            if name:
                words = [name, *words]
        elif chosen is None:
            raise CommandError(no_such_model(name))
        if before is None or (name and chosen is not None):
            self._talk.model = chosen
        return " ".join(words)

    def _converse(self, user: User, before: Conversation | None) -> int:
        slash = Slash(self._talk, self._screen, self._wishes, user)
        line = Line(settings.DATA_DIR / "terminal_history", Commands(slash.words()), has_color=has_color(sys.stdout))
        slash.line = line
        model = self._talk.model
        self._screen.note(f"{model.name if model else before.model_name if before else ''}. /? helps, /bye leaves.")
        while True:
            try:
                typed = line.read()
                if typed.strip() in LEAVE:
                    return 0
                self._take(slash, typed)
            except EOFError:
                return 0
            except KeyboardInterrupt:
                self._screen.note("Ctrl-D or /bye leaves.")

    def _take(self, slash: Slash, typed: str) -> None:
        text = unquoted(typed).strip()
        if text.startswith("/") and not _is_path(text):
            slash.carry_out(text)
        elif not is_blank(text):
            self._turns.send(text)
            self._screen.new_line()


def _conversation(user: User, options: dict[str, Any]) -> Conversation | None:
    try:
        if options["conversation"]:
            return find_conversation(user, options["conversation"])
        return latest_conversation(user) if options["latest"] else None
    except Unclear as unclear:
        raise CommandError(str(unclear)) from unclear


def _is_path(text: str) -> bool:
    """Whether a message begins with the path of a file, and not with a command."""
    word = text.split()[0]
    return "/" in word[1:] or Path(word).exists()
