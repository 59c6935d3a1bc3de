"""Tests of the library without a model server."""
