"""What a backend has installed, for people and programs: jobs that take their time, and who uses a model."""
