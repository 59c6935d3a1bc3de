"""Files of messages: taken in, shown, taken back."""
