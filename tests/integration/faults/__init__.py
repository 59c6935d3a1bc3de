"""Faults of the machines below: Redis, PostgreSQL, the disk, the processes themselves."""
