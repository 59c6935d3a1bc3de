"""The library for programs: what is installed, jobs, changes, and the one-shot calls `embed` and `generate`."""

from conversations.api.library import changes, models, oneshot

routers = (changes.router, models.router, oneshot.router)

__all__ = ["routers"]
