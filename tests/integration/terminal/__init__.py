"""The commands of the terminal, each a real process before a real upstream."""
