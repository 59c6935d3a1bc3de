"""Trees of foreign files: brought into an order in which parents come first, and made messages of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from conversations.transcripts.document import FORMAT, VERSION, Transcript
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.own import transcript_of
from conversations.transcripts.importing.values import EARLIEST, Field

_OURS = UUID("5f0cbd0c-5b0e-4f37-9d4a-5a4a2f0c7d11")


@dataclass(frozen=True, slots=True)
class Draft:
    """A conversation that may be stored. `source` is the program that it comes from, empty for this one.

    `files` are named in it and not included.
    """

    transcript: Transcript
    source: str
    files: int


def in_order(parents: Mapping[str, str | None], times: Mapping[str, datetime | None], place: str) -> list[str]:
    """The nodes by their times, parents before children. `place` is that of all nodes.

    Raises Unreadable for a parent that is not there, and for circles.
    """
    children: dict[str, list[str]] = {}
    waiting: list[tuple[datetime, int, str]] = []
    places = {name: number for number, name in enumerate(parents)}
    for name, parent in parents.items():
        if parent is None:
            heappush(waiting, (times.get(name) or EARLIEST, places[name], name))
        elif parent not in parents:
            raise Unreadable(f"{place}.{name}.parent", _("%(parent)s is not there.") % {"parent": parent[:100]})
        else:
            children.setdefault(parent, []).append(name)
    found = []
    while waiting:
        at, _number, name = heappop(waiting)
        found.append(name)
        for child in children.get(name, ()):
            heappush(waiting, (max(times.get(child) or at, at), places[child], child))
    if len(found) < len(parents):
        lost = next(name for name in parents if name not in set(found))
        raise Unreadable(f"{place}.{lost}.parent", _("It goes round in a circle."))
    return found


@dataclass(slots=True)
class Planted:
    """The messages that were made of the nodes so far, for one conversation."""

    source: str
    begun: datetime
    messages: list[dict[str, Any]] = field(default_factory=list)

    def add(self, parent: int | None, role: str, moment: datetime | None, name: str, **values: Any) -> int:
        """A message below the one of that number; its own number. `name` is what the other program called it."""
        number = len(self.messages) + 1
        above = self.messages[parent - 1]["created_at"] if parent else self.begun
        message = {
            "id": number, "parent": parent, "role": role, "state": "complete", "content": "", "thinking": "",
            "model": "", "backend": "", "created_at": moment or above, "finished_at": None, "reason": "",
            "error": None, "metrics": {}, "provenance": {"source": self.source, "source_id": name[:200]},
            "is_on_path": False,
        }  # fmt: skip
        self.messages.append(message | values)
        return number

    def choose(self, leaf: int | None) -> None:
        """The path that ends there is the chosen one."""
        while leaf:
            self.messages[leaf - 1]["is_on_path"] = True
            leaf = self.messages[leaf - 1]["parent"]

    def transcript(self, owner: int, name: str, title: str, updated: datetime | None, prompt: str = "") -> Transcript:
        """All of it. Its id follows from the owner's number and what the other program called it."""
        moments = [message["created_at"] for message in self.messages]
        settings = {"think": "", "sampling": {}}
        about = {
            "id": uuid5(_OURS, f"{owner} {self.source} {name}"), "title": title, "created_at": self.begun,
            "updated_at": updated or max(moments, default=self.begun), "model": "", "backend": "",
            "system_prompt": prompt, "settings": settings,
        }  # fmt: skip
        return transcript_of({"format": FORMAT, "version": VERSION, "conversation": about, "messages": self.messages})


def begun_at(given: datetime | None, times: Mapping[str, datetime | None]) -> datetime:
    """When a conversation began: as it says itself, else with its first message, else now."""
    return given or min((at for at in times.values() if at), default=datetime.now(UTC))


def named(field: Field, name: str) -> None:
    """A node says its own name as the list of nodes does, or not at all. Raises Unreadable."""
    own = field["id"]
    if own.value is not None and own.text() != name:
        raise Unreadable(own.place, _("It has another name where it is listed."))
