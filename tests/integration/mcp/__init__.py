"""MCP servers, real ones."""
