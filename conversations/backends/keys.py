"""The key of a server: it goes into the headers of requests to that server, and into nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conversations.backends.base import BackendError, BackendRefused

SHORTEST_KEY = 8
_KEY_LIKE = re.compile(r"\b(?:sk|gsk|xai|hf|key)[-_][\w*.-]{6,}")


class Key:
    """A secret that does not show itself."""

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def headers(self) -> Mapping[str, str]:
        """What a request has to carry. Raises BackendRefused("unauthorized") for a key that no header can hold."""
        if not self._value:
            return {}
        if not self._value.isascii() or not self._value.isprintable():
            raise BackendRefused("unauthorized", "the key has characters that no header can carry")
        return {"Authorization": f"Bearer {self._value}"}

    def taken_from(self, error: BackendError) -> BackendError:
        """The same error, when a server repeats the key in its words without the key."""
        # A word like “none”, which servers without keys are given, is no secret.
        secret = self._value if len(self._value) >= SHORTEST_KEY else ""
        detail = error.detail.replace(secret, "…") if secret else error.detail
        detail = _KEY_LIKE.sub("…", detail)
        # An excerpt may end in the middle of the key.
        cut = detail.removesuffix("…")
        size = next((size for size in range(len(secret), 3, -1) if cut.endswith(secret[:size])), 0)
        detail = f"{cut[:-size]}…" if size else detail
        if detail == error.detail:
            return error
        return type(error)(error.code, detail, retry_after=error.retry_after, status=error.status)
