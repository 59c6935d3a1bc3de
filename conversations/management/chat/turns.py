"""One turn of a conversation in the terminal: a question asked, its reply shown to the end, Ctrl-C in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db import DatabaseError

from conversations.generation.engine import engine
from conversations.management.chat.calls import Calls
from conversations.management.chat.screen import Screen
from conversations.management.chat.talk import Talk
from conversations.management.chat.wishes import Wishes
from conversations.management.library.pictures import attach, find_pictures, words_of
from conversations.management.machine import FAILED, STOPPED
from conversations.models import State, User
from conversations.models.conversation import Refused
from conversations.uploads.receiving import Rejected


class Turns:
    """Turns of one talk on one screen, asked with what is wished at the time."""

    def __init__(self, talk: Talk, screen: Screen, wishes: Wishes, user: User) -> None:
        self._talk = talk
        self._user = user
        self._screen = screen
        self._wishes = wishes

    def send(self, text: str, files: Sequence[str] = ()) -> int:
        """`say` with these files, and with the pictures whose paths stand in the text."""
        paths = [Path(file).expanduser() for file in files]
        found = find_pictures(text)
        if found.paths and self._sees():
            text, paths = found.text, [*paths, *found.paths]
        elif found.paths:
            self._screen.note("This model cannot see: the path of the picture is sent as text.")
        attached: list[UUID] = []
        for path in paths:
            try:
                attached.append(attach(self._user, path).pk)
            except (Rejected, CommandError) as error:
                words = words_of(error) if isinstance(error, Rejected) else str(error)
                self._screen.note(f"{path.name}: {words}" if isinstance(error, Rejected) else words)
                return FAILED
            self._screen.note(f"Added {path.name}.")
        return self.say(text, attached)

    def say(self, text: str, attachments: Sequence[UUID] = ()) -> int:
        """Ask and show the reply to its end, which Ctrl-C makes come sooner; the exit status that it stands for."""
        self._screen.begin()
        self._calls, self._writing = Calls(self._talk, self._screen), 0
        state = ""
        step: Callable[[], None] = partial(self._talk.ask, text, self._wishes, attachments)
        is_stopping = False
        while not state:
            try:
                step()
                state = self._show_reply()
            except KeyboardInterrupt:
                if is_stopping:
                    raise
                is_stopping, step = True, self._stop
            except Refused as refused:
                self._screen.fault(refused.code)
                return FAILED
            except DatabaseError as error:
                self._screen.fault("storage_busy", str(error))
                return FAILED
        return {State.COMPLETE: 0, State.STOPPED: STOPPED}.get(State(state), FAILED)

    def _sees(self) -> bool:
        """Whether the model is not known to be blind."""
        model = self._talk.model
        info = engine.registry.find(model.backend, model.name) if model else None
        return info is None or info.capabilities is None or info.can("vision")

    def _stop(self) -> None:
        self._talk.stop(self._screen.shown)

    def _show_reply(self) -> str:
        """Show what comes; the state that the reply has at its end."""
        if self._talk.went_on:
            self._screen.note("This conversation went on elsewhere; the question follows what was said there.")
            self._talk.went_on = False
        while True:
            event = self._talk.next_event()
            if event["type"] == "asked":
                self._calls.announce(event["messages"])
            elif not self._calls.take(event):
                if event["reply"] != self._writing:
                    self._writing = event["reply"]
                    self._screen.begin()
                self._show(event)
            if event["type"] == "reply.finished" and not self._talk.is_answering:
                return str(event["state"])

    def _show(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "reply.phase":
                self._screen.phase(event["phase"], event["position"], event["wait"])
            case "reply.delta":
                self._screen.text(event["part"], event["text"])
            case "reply.finished":
                self._screen.finish(event)
