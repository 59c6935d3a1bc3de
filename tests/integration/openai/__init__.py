"""Tests of the OpenAI-compatible backend against a real HTTP upstream."""
