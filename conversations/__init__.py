"""The application: conversations with models, kept and shown live."""
