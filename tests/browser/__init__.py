"""Tests in a real Chromium, against the site in a thread or in a process of its own."""
