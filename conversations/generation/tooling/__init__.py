"""Tools in conversations: which are offered, carrying out what a model asks for, and asking people first."""
