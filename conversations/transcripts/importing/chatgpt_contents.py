"""What a message of ChatGPT's says, by the type of its content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conversations.transcripts.importing.values import Field

_RUNS = re.compile("`+")
_WORD = re.compile(r"[\w+#-]{1,30}")
_TEXTS = ("text", "result", "content")


def text_of(content: Field, is_said: bool) -> str:
    """Its text; code that is `is_said` to the person in a block of its own. What is no text is empty."""
    match content["content_type"].value:
        case "code":
            text = content["text"].text()
            return _block(text, content["language"].text()) if is_said and text else text
        case "tether_quote":
            told = (content[name].text() for name in ("title", "url", "text"))
            return "\n".join(filter(None, told))
        case "system_error":
            return ": ".join(filter(None, (content["name"].text(), content["text"].text())))
    if content["parts"].value is not None:
        return "\n\n".join(filter(None, map(_part, content["parts"].items())))
    return next(filter(None, (_if_text(content[name]) for name in _TEXTS)), "")


def thoughts_of(content: Field) -> Iterator[str]:
    """The thoughts, each with its heading; nothing of how long they took."""
    if content["content_type"].value == "thoughts":
        for thought in content["thoughts"].items():
            summary, text = thought["summary"].text(), thought["content"].text()
            told = "\n\n".join(filter(None, (f"**{summary}**" if summary and summary != text else "", text)))
            if told:
                yield told


def files_of(message: Field) -> int:
    """How many files the message names."""
    parts = message["content"]["parts"]
    shown = sum(isinstance(part.value, dict) and not _part(part) for part in parts.items()) if parts.value else 0
    return max(shown, sum(1 for _ in message["metadata"]["attachments"].items()))


def _part(part: Field) -> str:
    """A text, or the text of what was spoken."""
    return _if_text(part["text"]) if isinstance(part.value, dict) else part.text()


def _if_text(field: Field) -> str:
    return field.value if isinstance(field.value, str) else ""


def _block(text: str, language: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in _RUNS.findall(text)), 3)
    word = language if _WORD.fullmatch(language) and language != "unknown" else ""
    return f"{fence}{word}\n{text}\n{fence}"
