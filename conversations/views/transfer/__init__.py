"""Taking one's conversations in from other places."""
