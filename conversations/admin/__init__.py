"""The admin: Django looks here for what is registered. One module a noun."""

from conversations.admin import conversations, messages, servers, settings, tokens, tool_servers, users

__all__ = ["conversations", "messages", "servers", "settings", "tokens", "tool_servers", "users"]
