"""What this process has counted since its start. What it can look up when it is asked is not counted here."""

from __future__ import annotations

from conversations.telemetry.families import Counter, Family, Histogram

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


def reply_ended(state: str, backend: str, count: int, first_ms: int | None, total_ms: int) -> None:
    """Count a reply: milliseconds from the question to its first text (None: there was none) and to its end."""
    replies.add(state, backend)
    if first_ms is None:
        return
    tokens.add(backend, by=count)
    first_token.saw(first_ms / 1000, backend)
    if count > 1 and total_ms > first_ms:
        speed.saw((count - 1) / (total_ms - first_ms) * 1000, backend)


def request_answered(method: str, status: int) -> None:
    """Count an answer. A method that somebody made up is `other`: each would be a line for ever."""
    requests.add(method if method in _METHODS else "other", str(status))


def families(running: dict[str, int]) -> list[Family]:
    """All of it; `running` are the tokens of the replies that have not ended yet, by backend."""
    now: dict[tuple[str, ...], float] = {(backend,): count for backend, count in running.items()}
    counted = [replies.family(), tokens.family(now), upstream_errors.family(), requests.family()]
    return [*counted, first_token.family(), speed.family()]
