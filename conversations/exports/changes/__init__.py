"""The changes of the site as programs follow them, a page at a time."""

from conversations.exports.changes.feed import Page, page
from conversations.exports.changes.lines import Deleted, Edited, End, Head

__all__ = ["Deleted", "Edited", "End", "Head", "Page", "page"]
