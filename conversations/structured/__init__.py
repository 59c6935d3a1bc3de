"""Answers in a form: JSON, or JSON after a schema. Schemas and answers are strangers' words; no project module here."""
