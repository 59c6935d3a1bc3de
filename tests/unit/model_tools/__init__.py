"""Tools of our own, and what the loop around them is made of."""
