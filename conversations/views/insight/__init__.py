"""What the owner of a conversation can look into: what a model was sent, what it read, how sure it was."""
