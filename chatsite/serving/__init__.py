"""How the application is served: by daphne in this process, or by several processes behind one address."""
