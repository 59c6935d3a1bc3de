"""The built-in model: Weizenbaum's ELIZA of 1966, a backend like any other that needs no server."""

from conversations.backends.eliza.backend import ElizaBackend

__all__ = ["ElizaBackend"]
