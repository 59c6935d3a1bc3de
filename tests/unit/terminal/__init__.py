"""What the terminal does with text, without a terminal."""
