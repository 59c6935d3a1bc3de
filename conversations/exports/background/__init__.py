"""Exports that a process makes beside its pages: claimed from the database, written to a file, kept for some days."""
