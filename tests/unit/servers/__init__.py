"""The servers that an administrator set up: rows, keys, sharing, admin."""
