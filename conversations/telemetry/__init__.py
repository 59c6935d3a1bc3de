"""What operators see of the work: figures, and the number that a request has in every line of the log."""
