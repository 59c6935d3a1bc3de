"""Starts of `manage.py` that do not begin with an empty interpreter: half a start is imports that are always alike."""
