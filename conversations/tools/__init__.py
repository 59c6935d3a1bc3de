"""What a model may have done for it: tools of our own, and those of MCP servers. Knows neither models nor backends."""
