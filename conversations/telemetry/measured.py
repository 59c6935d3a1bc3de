"""What this process has counted since its start. What it can look up when it is asked is not counted here."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from conversations.telemetry.families import Counter, Family, Histogram

log = logging.getLogger("chatsite.replies")

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SPEEDS = (1, 2, 5, 10, 20, 30, 50, 75, 100, 200, 500, 1000)

replies = Counter("chatsite_replies_total", "Replies that ended, by their last state.", "state", "backend")
tokens = Counter(
    "chatsite_reply_tokens_total", "Tokens (pieces of text, where a server does not count them) received.", "backend"
)
upstream_errors = Counter(
    "chatsite_upstream_errors_total", "Times a model server failed a reply, by what was wrong.", "backend", "code"
)
requests = Counter("chatsite_http_requests_total", "HTTP requests that were answered.", "method", "status")
first_token = Histogram(
    "chatsite_first_token_seconds",
    "From the question to the first text of a reply, waiting included.",
    _SECONDS,
    "backend",
)
speed = Histogram(
    "chatsite_reply_tokens_per_second",
    "Tokens a second of a reply, from its first text to its end.",
    _SPEEDS,
    "backend",
)

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class EndedReply:
    """What is told of a reply. Times are milliseconds from the question: to its first text (None: there was none)
    and to its end; `code` is that of its error."""

    number: int
    state: str
    backend: str
    tokens: int
    first_ms: int | None
    total_ms: int
    code: str = ""


def reply_ended(reply: EndedReply) -> None:
    """Count a reply, and tell the log."""
    facts = {name: value for name, value in asdict(reply).items() if value not in ("", None)}
    words = f"{reply.state} {reply.code}".strip()
    log.info("reply %s: %s, %s", reply.number, words, reply.backend, extra={"facts": {"reply": facts}})
    replies.add(reply.state, reply.backend)
    if reply.first_ms is None:
        return
    tokens.add(reply.backend, by=reply.tokens)
    first_token.saw(reply.first_ms / 1000, reply.backend)
    if reply.tokens > 1 and reply.total_ms > reply.first_ms:
        speed.saw((reply.tokens - 1) / (reply.total_ms - reply.first_ms) * 1000, reply.backend)


def request_answered(method: str, status: int) -> None:
    """Count an answer. A method that somebody made up is `other`: each would be a line for ever."""
    requests.add(method if method in _METHODS else "other", str(status))


def families(running: dict[str, int]) -> list[Family]:
    """All of it; `running` are the tokens of the replies that have not ended yet, by backend."""
    now: dict[tuple[str, ...], float] = {(backend,): count for backend, count in running.items()}
    counted = [replies.family(), tokens.family(now), upstream_errors.family(), requests.family()]
    return [*counted, first_token.family(), speed.family()]
