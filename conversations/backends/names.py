"""What a model may be called, known before a server is asked: the rules of Ollama's own `types/model`."""

from __future__ import annotations

import re

from conversations.backends.base import BackendRefused
from conversations.text import clean_line

PART = 80
HOST = 350
_PART = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.\-]{{0,{PART - 1}}}")
_NAMESPACE = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_\-]{{0,{PART - 1}}}")
_HOST = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.:\-]{{0,{HOST - 1}}}")
_COMMAND = re.compile(r"ollama\s+(?:pull|run|push|create|show)\s+", re.IGNORECASE)
_PAGE = re.compile(r"https?://(?:www\.)?ollama\.com/(?:library/)?", re.IGNORECASE)
_HUB = re.compile(r"https?://(?=(?:hf\.co|huggingface\.co)/)", re.IGNORECASE)


def model_name(text: str) -> str:
    """`[host/][namespace/]name[:tag]` out of what a person typed. Raises BackendRefused("bad_name").

    The command or the page that people copy is understood: `ollama run qwen3`, `https://ollama.com/library/qwen3`.
    """
    name = _HUB.sub("", _PAGE.sub("", _COMMAND.sub("", text.strip()))).strip().rstrip("/")
    if not name:
        raise BackendRefused("bad_name", "the name is empty")
    *places, last = name.split("/")
    base, has_tag, tag = last.partition(":")
    problem = _problem(places, base, tag if has_tag else "latest")
    if problem:
        raise BackendRefused("bad_name", f"“{clean_line(name, 100)}”: {problem}")
    return name


def canonical(name: str) -> str:
    """The name to compare by: `m` is `m:latest`, and names match case-insensitively."""
    name = name.lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _problem(places: list[str], base: str, tag: str) -> str:
    if len(places) > 2:
        return "at most host/namespace/name:tag"
    if len(places) == 2 and not _HOST.fullmatch(places[0]):
        return "the part before the first / is not a host"
    if places and not _NAMESPACE.fullmatch(places[-1]):
        return _rule("the part before the name")
    if not _PART.fullmatch(base):
        return _rule("the name")
    return "" if _PART.fullmatch(tag) else _rule("the tag after the colon")


def _rule(what: str) -> str:
    return (
        f"{what} must have 1 to {PART} letters from A to Z, digits, underscores, dots or hyphens, "
        "and begin with a letter, a digit or an underscore"
    )
