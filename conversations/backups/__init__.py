"""All rows of a database in a form that every database reads: backups in one file, and moving from one to another."""
