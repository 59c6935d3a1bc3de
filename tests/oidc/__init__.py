"""A small OpenID Connect provider in a process of its own: `python -m tests.oidc` prints where it is."""
