"""Full-text search over what was said, in the databases' own indexes."""

from conversations.search.conversations import FoundConversations, search_conversations
from conversations.search.finding import MOST, PAGE, Found, Hit, search

__all__ = ["MOST", "PAGE", "Found", "FoundConversations", "Hit", "search", "search_conversations"]
