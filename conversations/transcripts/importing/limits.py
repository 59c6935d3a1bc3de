"""How much is taken in. What is larger is refused before it is in memory."""

from __future__ import annotations

MEGABYTE = 1024 * 1024

FILE = 60 * MEGABYTE
"""Bytes of a file that is sent up; `manage.py import` takes any."""
AT_ONCE = 2
"""Files that are read at the same time in a process: the others wait for their turn by trying again."""
UNPACKED = 1024 * MEGABYTE
"""Bytes of JSON in a zip."""
RATIO = 200
"""How many times larger than its packed form something in a zip may be, beyond the first megabyte."""
ENTRIES = 65_535
"""Files in a zip."""

CONVERSATIONS = 20_000
"""In one file."""
CONVERSATION = 64 * MEGABYTE
"""Bytes of JSON of one conversation."""
VALUES = 3_000_000
"""Of JSON in one conversation: each costs memory, however short."""
MESSAGES = 100_000
"""In one conversation."""
DEPTH = 100
"""Of lists and objects inside of one another."""
TITLE = 1000
"""Characters; what is longer is no title. Beyond 120 it is cut."""
