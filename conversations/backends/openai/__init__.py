"""OpenAI-compatible servers: `request` writes what they take, `wire` reads what they stream."""

from conversations.backends.openai.backend import OpenAIBackend

__all__ = ["OpenAIBackend"]
