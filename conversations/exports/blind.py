"""The pseudonyms of a blind project in transcripts: no names, titles, models, servers or figures that tell a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from json import dumps, loads
from typing import Any
from uuid import UUID

from conversations.exports.request import ExportRequest
from conversations.exports.rights import Reader
from conversations.models import Conversation, Project
from conversations.review.blinding import Pseudonyms, people_in
from conversations.review.names import names_in
from conversations.transcripts.document import Settings, TranscriptConversation, TranscriptMessage


def veils_for(reader: Reader, request: ExportRequest) -> Callable[[Sequence[Conversation]], dict[UUID, Veil]]:
    """What `reader` may not see of what is exported: everybody has pseudonyms who exports by a blind project, and its
    members have them always."""
    project = Project.objects.filter(name=request.project).first() if request.project else None
    return partial(_veils, reader=reader, project=project)


def _veils(conversations: Sequence[Conversation], reader: Reader, project: Project | None) -> dict[UUID, Veil]:
    if not reader.is_for_all:
        return {}
    people = people_in(reader.user, conversations, project)
    return {
        each.pk: Veil(replace(known, names=names_in(each)), each)
        for each in conversations
        if isinstance(known := people[each.pk], Pseudonyms) and (project is not None or each.owner_id != reader.user.pk)
    }


@dataclass(frozen=True, slots=True)
class Veil:
    """See `transcripts.outline.Hiding`."""

    people: Pseudonyms
    about: Conversation
    kinds: tuple[str, ...] = ("names",)

    @property
    def digest(self) -> str:
        """Of the project's pseudonyms."""
        return f"blind {self.people.project.pk} {self.people.project.salt}"

    def pseudonyms(self) -> set[str]:
        """What stands for somebody or for a model in it."""
        names = self.people.names
        models = {*(names.models.values() if names else ()), self.about.model_name}
        return {self.people.title(self.about), self.people.owner(self.about), *map(self.people.model, models)}

    def conversation(self, about: TranscriptConversation) -> TranscriptConversation:
        """Its head; the settings may name a model's abilities, so only thinking is told."""
        values = {
            "title": self.people.title(self.about),
            "model": self.people.model(about.model),
            "backend": "",
            "system_prompt": self.people.text(about.system_prompt),
            "settings": Settings(think=about.settings.think, sampling={}),
        }
        return about.model_copy(update=values)

    def message(self, message: TranscriptMessage) -> TranscriptMessage:
        """A message with its texts; what was measured or sent is left out."""
        value = message.model_dump(mode="json")
        for name in ("content", "thinking", "attachments", "tool_calls", "tool"):
            value[name] = self._hidden(value[name])
        if message.error:
            value["error"] = {"code": message.error.code, "detail": ""}
        value |= {"model": self.people.model(message.model), "backend": "", "metrics": {}, "provenance": {}}
        return TranscriptMessage.model_validate(value | {"logprobs": None})

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.people.text(value)
        return loads(self.people.text(dumps(value, ensure_ascii=False))) if value else value
