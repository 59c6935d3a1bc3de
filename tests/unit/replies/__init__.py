"""Replies while they are written: started, watched, swept."""
