"""How much is taken in. What is larger is refused before it is in memory."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

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


def refusal_of(file: object) -> str:
    """Why an upload is not looked at; empty when it is."""
    if not isinstance(file, UploadedFile) or not file.size:
        return _("Choose a file that is not empty.")
    if file.size > FILE:
        words = _("The file is larger than %(count)s MB. Pack it as a zip, or let an administrator import it.")
        return words % {"count": FILE // MEGABYTE}
    return ""
