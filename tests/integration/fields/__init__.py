"""Tests of everything a chat takes, over both protocols."""
