"""The backends without a network."""
