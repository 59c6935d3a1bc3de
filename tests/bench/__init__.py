"""The benchmark: `python -m tests.bench` a real server, its own upstream and client, beside the bare floor."""
