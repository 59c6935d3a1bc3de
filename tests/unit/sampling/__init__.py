"""Tests of the settings of a conversation as values."""
