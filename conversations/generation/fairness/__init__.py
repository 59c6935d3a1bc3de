"""What one person may take of what all share: quotas of a day, turns, and how long a turn is waited for."""
