"""Model servers set up on a running site."""
