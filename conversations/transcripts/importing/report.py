"""What became of each conversation of a file."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from conversations.generation.announcements import conversation_changed


class Outcome(BaseModel):
    """One conversation. What was skipped left nothing behind."""

    file: str = Field(description="the file that it was in, inside a zip too")
    place: str = Field(description="its number in that file’s list; empty when it is alone")
    title: str = ""
    outcome: Literal["imported", "skipped"]
    conversation: UUID | None = Field(default=None, description="its id here, once it is imported")
    source: str = Field(default="", description="the program that it comes from; empty for this one")
    messages: int = 0
    files: int = Field(default=0, description="named in it, and not included")
    is_copy: bool = Field(default=False, description="whether its own id was taken, so that it got another")
    why: str = Field(default="", description="why it was skipped, with the place of the first error")


def announced(outcome: Outcome) -> Outcome:
    """The same; the person's open tabs list what was imported."""
    if outcome.conversation:
        conversation_changed(outcome.conversation)
    return outcome
