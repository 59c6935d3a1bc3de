"""Everybody's conversations as staff go through them: filtered, searched, and marked many at a time."""

from conversations.admin.review_list.page import ListAdmin

__all__ = ["ListAdmin"]
