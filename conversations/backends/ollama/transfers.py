"""The progress of a pull, push or create: NDJSON in, `Progress` out, and what its errors mean. No I/O."""

from __future__ import annotations

import json
import re

from conversations.backends.base import BackendError, BackendLost, BackendRefused
from conversations.backends.library import Progress
from conversations.backends.pieces import LINE_CAP, Lines, count
from conversations.backends.refusals import error_from_line, excerpt
from conversations.text import clean_line

STATUS = 200
# A transfer of hours stays under this by far; a server that floods does not.
TOTAL_CAP = 1 << 30
ODD_LINES = 100

# Ollama has no error codes, and after “pulling manifest” all errors come in the stream (protocol page §3.1).
_BY_TEXT = [
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in [
        (r"manifest: file does not exist|manifest unknown|repository .{0,200}not found|^name unknown", "not_published"),
        (r"no space left on device|disk (is )?full|not enough space", "disk_full"),
        (r"digest mismatch", "digest_mismatch"),
        (r"unauthori[sz]ed|access denied|permission to (push|pull)", "registry_unauthorized"),
        (r"couldn't retrieve manifest", "model_missing"),
        (r"\bdial tcp\b|\blookup \S+|no such host|network is unreachable|connection (refused|reset)|i/o timeout|"
         r"TLS handshake|max retries exceeded|server misbehaving", "registry_down"),
        (r"invalid model name", "bad_name"),
    ]
]  # fmt: skip


class ProgressReader:
    """One transfer: feed it what the network gives, take the progress, raise its `error` when there is one.

    Only the line `{"status": "success"}` makes it `finished`.
    """

    def __init__(self) -> None:
        self.error: BackendError | None = None
        self.finished = False
        self._lines = Lines(LINE_CAP, TOTAL_CAP)
        self._known = 0
        self._odd = 0
        self._odd_text = ""

    def feed(self, chunk: bytes) -> list[Progress]:
        """The progress within one network read."""
        block = self._lines.feed(chunk)
        if self._lines.is_too_long:
            self.error = BackendError("answer_too_long")
        return self._read(block)

    def end(self) -> list[Progress]:
        """What a last line without newline says. Sets `error` unless the server has said “success”."""
        found = self._read(self._lines.rest()) if self.error is None else []
        if not self.finished and self.error is None:
            if self._known:
                self.error = BackendLost("transfer_lost", "the stream ended without “success”")
            else:
                self.error = BackendRefused("upstream_protocol", self._odd_text or "empty answer")
        return found

    def _read(self, block: bytes) -> list[Progress]:
        found: list[Progress] = []
        for line in block.decode("utf-8", "replace").split("\n"):
            if not line.strip() or self.finished or self.error is not None:
                continue
            value = _loads(line)
            if not isinstance(value, dict):
                self._note_odd(line)
            elif value.get("error") is not None:
                self.error = explained(error_from_line(value))
            elif isinstance(status := value.get("status"), str):
                self._known += 1
                self.finished = status == "success"
                found.append(_progress(status, value))
        return found

    def _note_odd(self, line: str) -> None:
        self._odd += 1
        self._odd_text = self._odd_text or excerpt(line)
        if self._odd > ODD_LINES:
            self.error = BackendRefused("upstream_protocol", self._odd_text)


def explained(error: BackendError) -> BackendError:
    """The error under the code of what a transfer can fail by, where its words tell; else as it was."""
    code = next((code for pattern, code in _BY_TEXT if pattern.search(error.detail)), None)
    if code is None or not isinstance(error, BackendRefused):
        return error
    return BackendRefused(code, error.detail, status=error.status)


def _progress(status: str, value: dict[str, object]) -> Progress:
    digest, total = value.get("digest"), count(value.get("total")) or 0
    completed = count(value.get("completed")) or 0
    return Progress(
        status=clean_line(status, STATUS),
        digest=clean_line(digest, STATUS) if isinstance(digest, str) else "",
        total=total,
        completed=min(completed, total) if total else completed,
    )


def _loads(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
