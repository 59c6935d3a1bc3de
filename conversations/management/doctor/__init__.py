"""What can be wrong around a site, looked at from outside and from inside. Each module yields findings of one kind."""
