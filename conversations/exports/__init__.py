"""Many conversations at once: who may have which, packages of them, packages made in the background, and changes."""
