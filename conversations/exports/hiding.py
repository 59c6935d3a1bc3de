"""What is hidden of the conversations of an export: nothing, what a redactor replaces, or a blind project’s names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from conversations.models import Conversation
from conversations.transcripts import Redactor
from conversations.transcripts.outline import Hiding

Hide = Callable[[Sequence[Conversation]], Mapping[UUID, Hiding]]
"""Of each of a batch what hides it, by its id; of one that is not there nothing is hidden."""


def redacted_by(redactor: Redactor | None) -> Hide:
    """The same redactor for all, so that the same thing has the same placeholder in all of them."""

    def hide(conversations: Sequence[Conversation]) -> Mapping[UUID, Hiding]:
        return {each.pk: redactor for each in conversations} if redactor else {}

    return hide


NOTHING = redacted_by(None)
