"""Staff read what others wrote: looked at, never changed, and recorded."""

from conversations.admin.reading.base import ReadingAdmin
from conversations.admin.reading.transcript import TranscriptAdmin

__all__ = ["ReadingAdmin", "TranscriptAdmin"]
