"""How a process is: alive, ready, and in figures. Answered before Django, so that nothing there can be in the way."""
