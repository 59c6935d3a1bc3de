"""Asking for a reply once more: exactly as it was asked for, or with what was wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.generation.insight.provenance import rebuilt
from conversations.models import Message, State
from conversations.models.conversation import Refused
from conversations.structured.formats import Problem
from conversations.structured.words import place

Values = dict[str, object]
"""What the new reply has from the start."""


def to_repeat(message: Message) -> Values:
    """The same model and, of one that was continued, the text to go on from. Raises Refused (`unknown_request`)."""
    known = message.provenance
    if "fingerprint" not in known or message.is_running or not rebuilt(message).is_exact:
        raise Refused("unknown_request", "message")
    prefix = message.content[: known.get("continued", 0)]
    return {**_of(message), "content": prefix, "provenance": {"repeats": message.pk}}


def to_correct(message: Message, wrong: Sequence[Problem]) -> Values | None:
    """What a second try has from the start; None when there is none to be: it was wanted once, and only once."""
    conversation = message.conversation
    is_first = not {"repeats", "corrects"} & message.provenance.keys()
    is_last = conversation.leaf_id == message.pk and conversation.trashed_at is None and message.trashed_at is None
    if not (wrong and is_first and is_last and conversation.corrects_format and message.state == State.COMPLETE):
        return None
    made_for = {"corrects": [message.pk, len(message.content)], "instruction": _instruction(wrong)}
    return {**_of(message), "provenance": made_for}


def _of(message: Message) -> Values:
    return {"model_name": message.model_name, "backend_name": message.backend_name}


def _instruction(wrong: Sequence[Problem]) -> str:
    """What the model is told. In English, as are the names in a schema."""
    found = [f"- {place(problem) or 'the answer'}: {problem.text or problem.keyword}" for problem in wrong]
    return "\n".join(
        [
            "That answer is not what was wanted:",
            *found,
            "Answer again, correctly, with the JSON alone and nothing else.",
        ]
    )
