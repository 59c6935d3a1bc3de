"""Messages for programs: asking, with the answer as it is written, stopping, answering again, and reading a path."""

from conversations.api.messages import asking, reading

router = reading.router

__all__ = ["asking", "router"]
