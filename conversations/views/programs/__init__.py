"""What people see who let programs in: their tokens."""
