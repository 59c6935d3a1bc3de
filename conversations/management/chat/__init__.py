"""The conversation in the terminal: what a person types, what is asked for it, and what is shown."""
