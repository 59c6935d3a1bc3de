"""The Ollama backend against a real server on a real socket."""
