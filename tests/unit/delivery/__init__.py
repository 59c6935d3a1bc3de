"""What reaches the browser: rendered replies, static files, and the policy over both."""
