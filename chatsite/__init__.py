"""Wiring: settings, URLs, ASGI, and the file that prepares a machine."""
