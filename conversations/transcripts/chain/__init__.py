"""Transcripts that prove themselves: a chain of hashes over the messages, and the site's signature under its end."""
