"""What people see who let programs in: their tokens, and what programs can do."""
