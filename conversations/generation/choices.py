"""The settings that come with a question, put into its conversation."""

from __future__ import annotations

from conversations.live.protocol.commands import Ask, ModelChoice
from conversations.models import Conversation

SETTINGS = (
    "backend_name", "model_name", "think", "system_prompt", "sampling", "response_format", "corrects_format", "tools",
)  # fmt: skip


def apply_settings(conversation: Conversation, command: Ask) -> bool:
    """Take over what the question says; whether anything is different now."""
    before = [getattr(conversation, name) for name in SETTINGS]
    if command.model is not None:
        conversation.backend_name, conversation.model_name = command.model.backend, command.model.name
    if command.sampling is not None:
        conversation.sampling = command.sampling.model_dump(exclude_none=True)
    for name in ("think", "system_prompt", "response_format", "corrects_format", "tools"):
        value = getattr(command, name)
        if value is not None:
            setattr(conversation, name, value)
    return before != [getattr(conversation, name) for name in SETTINGS]


def choose_model(conversation: Conversation, model: ModelChoice) -> None:
    """Store the model of the next replies."""
    conversation.backend_name, conversation.model_name = model.backend, model.name
    conversation.save(update_fields=["backend_name", "model_name"])
