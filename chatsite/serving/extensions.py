"""What this server tells its applications beyond ASGI, in the scope's `extensions`; under another they do without."""

from __future__ import annotations

SEND_TEXT = "chatsite.send_text"
"""Of a socket: a function that sends its argument as a text message, at once. Nothing is to be awaited.

`websocket.send` does the same by way of a dictionary and the coroutines of all that wrap `send`, which for a token is
a third of what its way costs.
"""
