"""Many transcripts in one file, written as a stream in flat memory: a zip, or lines of JSON."""

from conversations.exports.packages.writing import MEDIA_TYPES, Writing, file_name

__all__ = ["MEDIA_TYPES", "Writing", "file_name"]
