"""The library page in a real browser."""
