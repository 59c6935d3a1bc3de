"""A site as an operator sees it."""
