"""What runs for minutes: taking a turn at a backend, streaming a reply, storing it, naming the conversation."""
