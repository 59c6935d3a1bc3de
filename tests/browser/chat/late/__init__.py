"""What comes late, or too early."""
