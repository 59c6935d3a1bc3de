"""What somebody asks to have exported: which conversations, and as what."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import get_current_timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from conversations.exports.rights import Reader, Whose
from conversations.models import Case, Conversation, LabelUse, Message, Rating
from conversations.models.review.access_record import REASON_LIMIT
from conversations.transcripts import KINDS

MOST_IDS = 10_000
Ending = Literal["json", "html", "docx", "md", "txt", "csv", "jsonl"]
Package = Literal["zip", "ndjson"]
Word = Annotated[str, Field(max_length=300)]
_HERE = Q(conversation=OuterRef("pk"))
RATINGS = {"up": (1,), "down": (-1,), "any": (1, -1)}


class Filter(BaseModel):
    """Which conversations; what is empty does not matter. Days are whole ones, of the last activity."""

    model_config = ConfigDict(extra="forbid")

    owner: Word = Field(default="", description="username")
    model: Word = ""
    backend: Word = ""
    since: date | None = None
    until: date | None = Field(default=None, description="that day included")
    state: Literal["", "complete", "stopped", "interrupted", "failed"] = Field(
        default="", description="some reply ended so"
    )
    rating: Literal["", "up", "down", "any"] = Field(default="", description="some reply was rated so")
    label: Word = Field(default="", description="on the conversation or on one of its messages")
    project: Word = Field(default="", description="a review project, by its name")
    status: Literal["", "new", "in_review", "follow_up", "done"] = Field(default="", description="of the review")
    ids: list[UUID] = Field(default=[], max_length=MOST_IDS)

    @field_validator("until")
    @classmethod
    def _in_order(cls, until: date | None, info: ValidationInfo) -> date | None:
        since = info.data.get("since")
        if since and until and since > until:
            raise ValueError(f"It is before `since`, which is {since}.")
        return until

    def among(self, found: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """Those of `found` that fit."""
        equal = {"owner__username": self.owner, "model_name": self.model, "backend_name": self.backend}
        found = found.filter(**{name: value for name, value in equal.items() if value})
        if self.since:
            found = found.filter(updated_at__gte=_morning(self.since))
        if self.until and self.until < date.max:
            found = found.filter(updated_at__lt=_morning(self.until + timedelta(days=1)))
        if self.ids:
            found = found.filter(pk__in=self.ids)
        return self._reviewed(found)

    def _reviewed(self, found: QuerySet[Conversation]) -> QuerySet[Conversation]:
        if self.state:
            found = found.filter(
                Exists(Message.objects.filter(_HERE, state=self.state, role="assistant", trashed_at=None))
            )
        if self.rating:
            found = found.filter(Exists(Rating.objects.filter(_HERE, value__in=RATINGS[self.rating])))
        if self.label:
            found = found.filter(Exists(LabelUse.objects.filter(_HERE, label__name=self.label)))
        cases = {"project__name": self.project, "status": self.status}
        wanted = {name: value for name, value in cases.items() if value}
        return found.filter(Exists(Case.objects.filter(_HERE, **wanted))) if wanted else found

    def told(self) -> dict[str, object]:
        """What was set, for the manifest."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Wish(Filter):
    """Other people's (`whose` is `all`) need the right to export, and a reason, which their owners are told."""

    whose: Whose = "own"
    reason: str = Field(default="", max_length=REASON_LIMIT, description="why, where it is about other people’s")
    format: Ending = Field(default="json", description="of the files in a zip")
    redact: str = Field(default="", max_length=100, description=f"all, or some of {','.join(KINDS)}")

    @field_validator("redact")
    @classmethod
    def _known_kinds(cls, redact: str) -> str:
        wanted = set(KINDS) if redact == "all" else {word.strip() for word in redact.split(",")} - {""}
        if wanted - set(KINDS):
            raise ValueError(f"Say what is replaced: all, or some of {', '.join(KINDS)}.")
        return ",".join(kind for kind in KINDS if kind in wanted)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What placeholders are to stand for."""
        return tuple(filter(None, self.redact.split(",")))


class ExportRequest(Wish):
    """`zip` holds a file of `format` for each conversation, `ndjson` a JSON transcript a line."""

    package: Package = "zip"

    @field_validator("package")
    @classmethod
    def _lines_are_json(cls, package: Package, info: ValidationInfo) -> Package:
        if package == "ndjson" and info.data.get("format", "json") != "json":
            raise ValueError("The lines of ndjson are JSON: leave `format` out, or take zip.")
        return package

    def found_for(self, reader: Reader) -> QuerySet[Conversation]:
        """The conversations, of those that the reader may have; without what is in the trash."""
        own = Conversation.objects.visible_to(reader.user).lasting()
        return self.among(Conversation.objects.lasting().filter(trashed_at=None) if reader.is_for_all else own)

    def told(self) -> dict[str, object]:
        """The filters alone."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"reason", "package", "format"})


def _morning(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())
