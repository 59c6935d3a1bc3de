"""The servers that an administrator set up: read from the database, kept in step, shown, tried, and chosen among."""
