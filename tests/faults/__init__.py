"""The catalogue of faults: what can go wrong, what the user sees, and the tests that prove it."""
