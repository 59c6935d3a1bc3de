"""Conversations as files: what a transcript holds, and the formats it is written in."""

from conversations.transcripts.formats import FORMATS, Format
from conversations.transcripts.outline import Outline, outline, outlines
from conversations.transcripts.redaction import KINDS, Redactor

__all__ = ["FORMATS", "KINDS", "Format", "Outline", "Redactor", "outline", "outlines"]
