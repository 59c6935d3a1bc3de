"""Which models are there for whom."""

from __future__ import annotations

from conversations.generation.engine import engine
from conversations.models import User


def may_use(user: User, backend: str, model: str) -> bool:
    """Whether a model is there for `user`: those who manage the library see what is not offered, too."""
    return user.may_manage_library or engine.registry.is_offered(backend, model)
