"""The trash for programs: listed, restored from (see `conversations` and `messages`), and emptied."""

from conversations.api.keeping import trash

routers = (trash.router,)

__all__ = ["routers"]
