"""The library page: what is installed, what is being fetched, and what those with the right can change."""
