"""How sure a model was of its tokens, as Ollama and OpenAI-compatible servers tell it. No I/O."""

from __future__ import annotations

import math
from typing import Any

from conversations.backends.base import TokenLogprob
from conversations.text import clean_text

# What servers write for “never”, where JSON has no infinity.
NEVER = -9999.0
MOST_ALTERNATIVES = 20
LONGEST_TOKEN = 400


class LogprobReader:
    """Reads the entries of one reply in order. Tokens that are parts of a character are joined to whole ones."""

    def __init__(self) -> None:
        self._part = b""
        self._part_logprob = 0.0

    def take(self, entries: object) -> list[TokenLogprob]:
        """The tokens of one chunk: Ollama's list, OpenAI's `{"content": [...]}`, or three parallel lists of old."""
        if type(entries) is dict:
            entries = entries.get("content") or _from_lists(entries)
        if type(entries) is not list:
            return []
        return [token for entry in entries if type(entry) is dict and (token := self._token(entry)) is not None]

    def _token(self, entry: dict[str, Any]) -> TokenLogprob | None:
        text, logprob = entry.get("token"), _finite(entry.get("logprob"))
        if type(text) is not str or logprob is None:
            return None
        data = _bytes(entry.get("bytes"))
        if data is not None and (self._part or not _is_text(data)):
            self._part += data
            self._part_logprob += logprob
            if not _is_text(self._part) and len(self._part) < 4:
                return None
            text, logprob = self._part.decode("utf-8", "replace"), self._part_logprob
            self._part, self._part_logprob = b"", 0.0
            return TokenLogprob(clean_text(text), logprob)
        top = entry.get("top_logprobs")
        return TokenLogprob(_text(text), logprob, _alternatives(top if type(top) is list else []))


def _alternatives(entries: list[Any]) -> tuple[tuple[str, float], ...]:
    found = []
    for entry in entries[:MOST_ALTERNATIVES]:
        text, logprob = (entry.get("token"), _finite(entry.get("logprob"))) if type(entry) is dict else (None, None)
        if type(text) is str and logprob is not None:
            found.append((_text(text), logprob))
    return tuple(found)


def _from_lists(value: dict[str, Any]) -> list[dict[str, Any]]:
    tokens, logprobs, tops = (value.get(name) or [] for name in ("tokens", "token_logprobs", "top_logprobs"))
    if type(tokens) is not list or type(logprobs) is not list:
        return []
    tops = tops if type(tops) is list and len(tops) == len(tokens) else [{}] * len(tokens)
    return [
        {
            "token": token,
            "logprob": logprob,
            "top_logprobs": [{"token": word, "logprob": of} for word, of in top.items()] if type(top) is dict else [],
        }
        for token, logprob, top in zip(tokens, logprobs, tops, strict=False)
    ]


def _finite(value: object) -> float | None:
    if type(value) not in (int, float):
        return None
    number = float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) or number == math.inf else max(number, NEVER)


def _bytes(value: object) -> bytes | None:
    if type(value) is not list or not all(type(one) is int and 0 <= one < 256 for one in value):
        return None
    return bytes(value)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(text: str) -> str:
    return clean_text(text)[:LONGEST_TOKEN]
