"""What can be known of a reply: what the model was sent, what it did not read of it, whether it answered as wanted."""
