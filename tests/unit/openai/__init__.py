"""Tests of the OpenAI-compatible backend without a network."""
