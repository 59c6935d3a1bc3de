"""Shared links: the page that others read, the dialog of the chat page, and the list in the account."""
