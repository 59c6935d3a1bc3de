"""Conversations of ChatGPT's export (`conversations.json`): a `mapping` of nodes, each with its parent and a message.

Not documented by its maker; as it was found in exports of 2023 to 2026. Hidden nodes (the empty root, system messages
of weight 0, instructions that the person did not see) are left out, and their children join their parents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from json import loads
from typing import Any

from django.utils.translation import gettext as _

from conversations.transcripts.importing.chatgpt_contents import files_of, text_of, thoughts_of
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.own import check_count, check_title
from conversations.transcripts.importing.trees import Draft, Planted, begun_at, in_order, named
from conversations.transcripts.importing.values import Field

SOURCE = "ChatGPT"
_ROLES = ("user", "assistant", "system", "tool")
_THOUGHTS = ("thoughts", "reasoning_recap")
_NEVER_SHOWN = ("user_editable_context", "model_editable_context")
_EVERYBODY = ("all", "")


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands above a node: the message it hangs below, and thoughts that wait for their reply."""

    message: int | None = None
    thinking: tuple[str, ...] = ()


def is_chatgpt(value: dict[str, Any]) -> bool:
    """Whether the object looks like one of these."""
    return "mapping" in value


def read(value: dict[str, Any], owner: int) -> Draft:
    """The conversation, for the owner of that number. Raises Unreadable."""
    about = Field(value)
    title, mapping = about["title"], about["mapping"]
    check_title(title.text(), title.place)
    check_count(mapping.value, mapping.place)
    nodes = {name: mapping[name] for name in mapping.entries()}
    times = {name: node["message"]["create_time"].moment() for name, node in nodes.items()}
    grown = _Tree(nodes, Planted(SOURCE, begun_at(about["create_time"].moment(), times)), times)
    for name in in_order({name: _parent(node, name) for name, node in nodes.items()}, times, mapping.place):
        grown.add(name)
    chosen = about["current_node"]
    if chosen.value is not None and chosen.text() not in nodes:
        raise Unreadable(chosen.place, _("%(parent)s is not there.") % {"parent": chosen.text()[:100]})
    grown.planted.choose(grown.above[chosen.text()].message if chosen.value else len(grown.planted.messages) or None)
    name = about["conversation_id"].text() or about["id"].text()
    transcript = grown.planted.transcript(owner, name, title.text(), about["update_time"].moment())
    return Draft(transcript, SOURCE, grown.files)


def _parent(node: Field, name: str) -> str | None:
    named(node, name)
    return node["parent"].text() or None


class _Tree:
    """Grows node by node, parents first."""

    def __init__(self, nodes: dict[str, Field], planted: Planted, times: dict[str, datetime | None]) -> None:
        self.planted = planted
        self.above: dict[str, _Above] = {}
        self.files = 0
        self._nodes, self._times = nodes, times
        self._answered = {
            node["parent"].text() for node in nodes.values() if node["message"]["author"]["role"].value == "assistant"
        }
        self._calls: dict[int, dict[str, Any]] = {}

    def add(self, name: str) -> None:
        """Make a message of the node, or let what hangs below it hang below what is above."""
        node, message = self._nodes[name], self._nodes[name]["message"]
        above = self.above[node["parent"].text()] if node["parent"].value else _Above()
        self.above[name] = above if _is_hidden(message) else self._grown(name, message, above)

    def _grown(self, name: str, message: Field, above: _Above) -> _Above:
        role, content = message["author"]["role"], message["content"]
        if role.text() not in _ROLES:
            raise Unreadable(role.place, _("This is none of %(known)s.") % {"known": ", ".join(_ROLES)})
        if content["content_type"].value in _THOUGHTS:
            above = _Above(above.message, (*above.thinking, *thoughts_of(content)))
            if name in self._answered or not above.thinking:
                return above
            return _Above(self._reply(name, message, above, ""))
        text, files = text_of(content, is_said=self._is_said(message)), files_of(message)
        self.files += files
        if role.text() == "assistant":
            is_empty = not (text or files or above.thinking) and self._is_said(message)
            return above if is_empty else _Above(self._reply(name, message, above, text))
        if role.text() == "tool":
            return _Above(self._result(name, message, above, text), above.thinking)
        if not text and not files:
            return above
        return _Above(
            self.planted.add(above.message, role.text(), self._times[name], name, content=text), above.thinking
        )

    def _is_said(self, message: Field) -> bool:
        """Not: given to a tool."""
        return message["author"]["role"].value != "assistant" or message["recipient"].text() in _EVERYBODY

    def _reply(self, name: str, message: Field, above: _Above, text: str) -> int:
        values: dict[str, Any] = {"content": text, **_ending(message)}
        tool = "" if self._is_said(message) else message["recipient"].text()[:200]
        call = {"id": name[:200], "name": tool, **_arguments(text, message["content"]["content_type"].value)}
        if tool:
            values |= {"content": "", "tool_calls": [call]}
        at = self._times[name]
        values |= {"thinking": "\n\n".join(above.thinking), "model": message["metadata"]["model_slug"].text()}
        number = self.planted.add(above.message, "assistant", at, name, finished_at=at, **values)
        if tool:
            self._calls[number] = call
        return number

    def _result(self, name: str, message: Field, above: _Above, text: str) -> int:
        """Answers the call of the same name that is nearest above it."""
        tool, at = message["author"]["name"].text()[:200], above.message
        while at and self._calls.get(at, {}).get("name") != tool:
            at = self.planted.messages[at - 1]["parent"]
        call = self._calls[at] if at else {"id": "", "arguments": {}}
        told = {"name": tool, "server": "", "call_id": call["id"], "arguments": call["arguments"]}
        return self.planted.add(above.message, "tool", self._times[name], name, content=text, tool=told)


def _is_hidden(message: Field) -> bool:
    if message.value is None or message["metadata"]["is_visually_hidden_from_conversation"].flag():
        return True
    if message["content"]["content_type"].value in _NEVER_SHOWN:
        return True
    return bool(message["author"]["role"].value == "system" and message["weight"].value == 0)


def _ending(message: Field) -> dict[str, Any]:
    how = message["metadata"]["finish_details"]["type"].value
    if message["status"].value == "in_progress":
        return {"state": "interrupted"}
    if how == "interrupted":
        return {"state": "stopped"}
    return {"reason": "length" if how == "max_tokens" else "stop"}


def _arguments(text: str, kind: object) -> dict[str, Any]:
    try:
        found = loads(text)
    except (ValueError, RecursionError):
        found = None
    return {"arguments": found if isinstance(found, dict) else {"code" if kind == "code" else "text": text}}
