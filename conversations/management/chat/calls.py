"""Calls of tools in the terminal: what a model asks for, a person's word on it where one is needed, and the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conversations.faults import fault
from conversations.generation.tooling.switches import Switch
from conversations.management.chat.prompting import choose
from conversations.management.chat.screen import Screen
from conversations.management.chat.talk import Talk
from conversations.management.columns import pairs
from conversations.models.conversation import Refused

_LINES, _CHARACTERS = 6, 600
_CHOICES = {"y": "once", "c": "conversation", "n": "refuse"}


@dataclass(slots=True)
class _Call:
    """A call that was announced, and what of its result has come."""

    title: str
    remembers: bool
    result: str = ""


class Calls:
    """The calls of one turn."""

    def __init__(self, talk: Talk, screen: Screen, ask: Callable[[str], str] = choose) -> None:
        self._talk = talk
        self._screen = screen
        self._ask = ask
        self._calls: dict[int, _Call] = {}

    def announce(self, messages: list[dict[str, Any]]) -> None:
        """Messages that came below a reply; those of tools are remembered."""
        for message in messages:
            if tool := message.get("tool"):
                title = f"{tool['label']} {tool['gist']}".strip()
                self._calls[message["id"]] = _Call(title, tool["remembers"])

    def take(self, event: dict[str, Any]) -> bool:
        """Show an event of a call; False for one of a reply."""
        call = self._calls.get(event["reply"])
        if call is None:
            return False
        match event["type"]:
            case "reply.phase" if event["phase"] == "approval":
                self._decide(event["reply"], call)
            case "reply.phase" if event["phase"] == "running":
                self._screen.note(f"→ {call.title}")
            case "reply.delta":
                call.result += event["text"]
            case "reply.finished":
                self._show_end(event, call)
        return True

    def _decide(self, message: int, call: _Call) -> None:
        ways = "[y]es, [c] for this conversation, [n]o" if call.remembers else "[y]es, [n]o"
        decision = _CHOICES.get(self._ask(f"May the model call {call.title}?\n{ways}: "), "refuse")
        try:
            self._talk.approve(message, "once" if decision == "conversation" and not call.remembers else decision)
        except Refused:
            self._screen.note("Somebody else has decided already.")

    def _show_end(self, event: dict[str, Any], call: _Call) -> None:
        duration = f" ({event['metrics']['total_ms']} ms)" if "total_ms" in event["metrics"] else ""
        if event["error"]:
            self._screen.note(f"✗ {call.title}: {fault(event['error']['code']).text}{duration}")
        elif event["state"] != "complete":
            self._screen.note(f"✗ {call.title}: stopped")
        if call.result:
            self._screen.note(f"← {_short(call.result)}{duration}")


def listing(switches: list[Switch]) -> str:
    """The tools there are, a line each, with those that are on marked."""
    return pairs([(f"{'*' if one.is_on else ' '} {one.value}", f"{one.label}: {one.hint}") for one in switches], "  ")


def _short(text: str) -> str:
    kept = "\n".join(text.strip()[:_CHARACTERS].splitlines()[:_LINES])
    return kept if len(kept) >= len(text.strip()) else f"{kept} …"
