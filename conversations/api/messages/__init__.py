"""Messages for programs: asking, with the answer as it is written, stopping, answering again, branches, paths."""

from conversations.api.messages import asking, branches, reading

router = reading.router

__all__ = ["asking", "branches", "router"]
