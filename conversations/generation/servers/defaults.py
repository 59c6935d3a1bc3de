"""What a conversation does not set itself, as an administrator set it for the model."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.backends.base import ModelInfo
from conversations.models import Conversation
from conversations.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a model is asked: by the conversation's own settings, then by the model's defaults."""

    system_prompt: str
    think: str
    sampling: Sampling


def wishes_of(conversation: Conversation, info: ModelInfo | None) -> Wishes:
    """The settings that hold for the next reply. A default is replaced one by one, never merged in itself."""
    own, defaults = conversation.settings(), info.defaults if info else {}
    sampling = {**defaults.get("sampling", {}), **own.model_dump(exclude_none=True)}
    return Wishes(
        conversation.system_prompt or defaults.get("system_prompt", ""),
        conversation.think or defaults.get("think", ""),
        Sampling.model_construct(**sampling),
    )
