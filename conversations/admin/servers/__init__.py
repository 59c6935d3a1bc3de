"""Model servers in the admin: set up, tried, and given the defaults of their models."""

from conversations.admin.servers.pages import ServerAdmin

__all__ = ["ServerAdmin"]
