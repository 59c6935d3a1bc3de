"""Conversations for programs: listed, made, read, changed, shared, deleted and brought back."""

from conversations.api.conversations import insight, making, settings, sharing

routers = (making.router, settings.router, insight.router, sharing.router)

__all__ = ["routers"]
