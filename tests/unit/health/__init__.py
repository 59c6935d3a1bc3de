"""What operators see: health, figures, the log, and what the doctor finds."""
