"""Exports of many conversations, and the log of changes."""
