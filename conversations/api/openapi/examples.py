"""Bodies to begin with, by operation: shown on the page, and tried by the tests."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "createConversation": {
        "An empty one": {},
        "With settings": {
            "title": "Trains",
            "model": {"backend": "ollama", "name": "qwen3:4b"},
            "system_prompt": "Answer in one sentence.",
            "sampling": {"temperature": 0.2},
        },
    },
    "changeConversation": {
        "Rename": {"title": "Trains to Köln"},
        "Another model": {"model": {"backend": "ollama", "name": "qwen3:4b"}},
        "Answers after a schema": {
            "response_format": {"type": "object", "properties": {"year": {"type": "integer"}}, "required": ["year"]}
        },
    },
    "ask": {
        "A question": {"text": "When does the last train leave?"},
        "With a file": {"text": "What is on it?", "attachments": ["01976a6e-7a00-7000-8000-000000000000"]},
    },
    "edit": {"Another wording": {"text": "When does the first train leave?"}},
    "regenerate": {"Again": {}, "By another model": {"model": {"backend": "ollama", "name": "llama3.2"}}},
    "createExport": {"A zip of web pages": {"format": "html", "since": "2026-01-01"}},
    "stop": {"Here": {"shown": 120}},
    "approve": {"Once": {"decision": "once"}},
    "createBackend": {"An Ollama server": {"name": "big", "kind": "ollama", "address": "10.0.0.7:11434"}},
    "changeBackend": {"Out of use": {"is_enabled": False}},
    "pullModel": {"A model": {"model": "qwen3:4b"}},
    "pushModel": {"A model": {"model": "ana/rails"}},
    "loadModel": {"For half an hour": {"model": "qwen3:4b", "keep_alive": "30m"}},
    "unloadModel": {"A model": {"model": "qwen3:4b"}},
    "createModel": {"With a system prompt": {"model": "rails", "source": "qwen3:4b", "system": "Talk of trains."}},
    "copyModel": {"A second name": {"source": "qwen3:4b", "name": "rails"}},
    "deleteModel": {"A model": {"model": "rails"}},
    "embed": {"Two texts": {"model": "nomic-embed-text", "input": ["a train", "a tram"]}},
    "generate": {"One prompt": {"model": "qwen3:4b", "prompt": "Say hello."}},
}
