"""Which tools a conversation uses."""
