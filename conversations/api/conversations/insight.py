"""What the page tells around a conversation: which tools it can use, and how full its context is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from conversations.api.lookups import own_conversation
from conversations.generation.engine import engine
from conversations.generation.insight.forecast import forecast
from conversations.generation.tooling.switches import switches

router = Router(tags=["conversations"])


class ToolEntry(BaseModel):
    """A tool, or a server of tools. `name` is what `tools` of a conversation holds; one that is not `usable` is gone
    or does not answer."""

    name: str
    label: str
    hint: str
    note: str
    usable: bool
    is_on: bool


class ToolList(BaseModel):
    """All of them."""

    items: list[ToolEntry]


class Context(BaseModel):
    """In tokens: `fixed` for the system prompt, `turns` for each message of the path, of `limit` that the model reads.

    All null or empty when nobody knows the limit.
    """

    limit: int | None = None
    source: Literal["set", "loaded", "model"] | None = None
    fixed: int | None = None
    turns: list[int] = []
    per_token: float | None = None


@router.get(
    "/conversations/{conversation}/tools",
    response={200: ToolList},
    operation_id="listTools",
    summary="List the tools that a conversation can use",
)
def list_tools(request: HttpRequest, conversation: UUID) -> ToolList:
    """Switch them by `tools` of the conversation."""
    found = switches(own_conversation(request, conversation))
    return ToolList(
        items=[
            ToolEntry(
                name=each.value,
                label=str(each.label),
                hint=str(each.hint),
                note=str(each.note),
                usable=each.usable,
                is_on=each.is_on,
            )
            for each in found
        ]
    )


@router.get(
    "/conversations/{conversation}/context",
    response={200: Context},
    operation_id="readContext",
    summary="See how full the context is",
)
def read_context(request: HttpRequest, conversation: UUID) -> Context:
    """Of the model that the conversation has."""
    found = own_conversation(request, conversation)
    known = forecast(engine.registry, found, (found.backend_name, found.model_name))
    return Context() if known is None else Context.model_validate(asdict(known))
