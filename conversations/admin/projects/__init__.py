"""Review projects in the admin: set up with their rubric, worked through case by case, and measured."""

from conversations.admin.projects.pages import ProjectAdmin

__all__ = ["ProjectAdmin"]
