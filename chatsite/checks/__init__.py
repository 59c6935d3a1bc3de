"""What `manage.py test` runs: the list of steps, how one is run and counted, and the servers that some of them need."""
