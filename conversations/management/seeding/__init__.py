"""A made-up site of any size, the same for the same seed: people, conversations, and what reviewers did with them."""
