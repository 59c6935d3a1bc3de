"""Tests of what prepares, serves and checks the application, and knows nothing of it."""
