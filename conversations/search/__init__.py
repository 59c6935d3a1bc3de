"""Full-text search over what was said, in the databases' own indexes."""

from conversations.search.finding import MOST, PAGE, Found, Hit, search

__all__ = ["MOST", "PAGE", "Found", "Hit", "search"]
