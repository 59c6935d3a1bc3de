"""Transcripts without people: what names them is replaced by placeholders, the same for the same thing."""

from conversations.transcripts.redaction.redactor import KINDS, Redactor

__all__ = ["KINDS", "Redactor"]
