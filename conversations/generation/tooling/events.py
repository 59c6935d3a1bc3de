"""New messages of a round, as the tabs are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from conversations.generation.tooling.words import gist_of, label_of, written
from conversations.live.protocol.events import Asked, MessageView, ToolView
from conversations.models import Message, Role


def told(parent: int, rows: Sequence[Message]) -> Asked:
    """That `rows` stand below `parent` now, one below the other."""
    return Asked(
        client_id=uuid4(),
        conversation=rows[0].conversation_id,
        parent=parent,
        messages=[_view(row) for row in rows],
    )


def tool_view(row: Message) -> ToolView | None:
    """What a tool's message says of its call; None for any other message."""
    if row.role != Role.TOOL:
        return None
    known = row.provenance
    given = known.get("arguments")
    return ToolView(
        label=label_of(row), gist=gist_of(given), arguments=written(given), remembers=known.get("remembers", False)
    )


def _view(row: Message) -> MessageView:
    return MessageView(
        id=row.pk,
        parent=row.parent_id,
        role=row.role,
        state=row.state,
        content=row.content,
        model_name=row.model_name,
        backend_name=row.backend_name,
        siblings=[row.pk],
        created_at=row.created_at.isoformat(),
        tool=tool_view(row),
    )
