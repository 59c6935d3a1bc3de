"""Ollama's own API: `host` reads an address, `wire` the bytes, `listing` what a server says of its models."""

from conversations.backends.ollama.backend import OllamaBackend

__all__ = ["OllamaBackend"]
