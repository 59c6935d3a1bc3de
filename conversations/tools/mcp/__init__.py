"""Tools of MCP servers. The `mcp` package is large, and servers are not ours to trust: each has a process of its own
that speaks with it (`worker`), which is started when it is first needed and ended when it misbehaves."""
