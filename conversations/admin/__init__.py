"""The admin: Django looks here for what is registered. One module a noun."""

from conversations.admin import (
    access_records,
    conversations,
    keeping,
    labels,
    messages,
    projects,
    quotas,
    servers,
    settings,
    tokens,
    tool_servers,
    users,
)

__all__ = [
    "access_records",
    "conversations",
    "keeping",
    "labels",
    "messages",
    "projects",
    "quotas",
    "servers",
    "settings",
    "tokens",
    "tool_servers",
    "users",
]
