"""The loop model → tools → model, through a real site, a real upstream and a real MCP server."""
