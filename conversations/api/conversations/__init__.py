"""Conversations for programs: listed, made, read, changed, deleted and brought back."""

from conversations.api.conversations import insight, making, settings

routers = (making.router, settings.router, insight.router)

__all__ = ["routers"]
