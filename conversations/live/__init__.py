"""What goes over the WebSocket: the words (`protocol`), the way out (`broadcasts`), the door (`consumers`)."""
