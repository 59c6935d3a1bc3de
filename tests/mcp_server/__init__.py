"""A real MCP server whose tools behave, hang, flood, die or answer nonsense on demand."""
