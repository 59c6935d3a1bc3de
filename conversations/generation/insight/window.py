"""About how many tokens a text is, and which turns a model could not read: pure arithmetic.

Nobody but the server has the tokenizer. What it counted for earlier prompts of the same model tells how many
characters it packs into a token; until then four are assumed, as most do with European languages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import ceil
from statistics import median

USUAL = 4.0
TOKENS_PER_TURN = 4
TOKENS_PER_IMAGE = 768
# What no tokenizer does: such a count left out what the server had in its cache, or is of something else.
LEAST, MOST = 0.7, 8.0
_REMEMBERED = 8
_ENOUGH = 200
# An estimate is off by as much; a prompt that is shorter than that was cut.
_TOLERANCE = 0.15

Model = tuple[str, str]
"""Backend and name."""


class Learned:
    """Characters per token, by model, from what servers counted."""

    def __init__(self) -> None:
        self._seen: dict[Model, deque[float]] = {}

    def learn(self, model: Model, per_token: float | None) -> None:
        """Take in what one prompt showed; None is nothing."""
        if per_token is not None:
            self._seen.setdefault(model, deque(maxlen=_REMEMBERED)).append(per_token)

    def per_token(self, model: Model) -> float:
        """The characters of a token."""
        seen = self._seen.get(model)
        return median(seen) if seen else USUAL


learned = Learned()


def counted(characters: int, turns: int, images: int, prompt_tokens: int | None) -> float | None:
    """The characters per token that a count shows; None when it cannot be the count of the whole prompt."""
    if prompt_tokens is None:
        return None
    frames = turns * TOKENS_PER_TURN
    tokens = prompt_tokens - frames - images * TOKENS_PER_IMAGE
    if characters < _ENOUGH or tokens < 4 * frames:  # of short turns it tells more about their frames
        return None
    per_token = characters / tokens
    return per_token if LEAST <= per_token <= MOST else None


def tokens_of(characters: int, per_token: float, images: int = 0) -> int:
    """About how many tokens a turn takes, its frame included."""
    return ceil(characters / per_token) + TOKENS_PER_TURN + images * TOKENS_PER_IMAGE


def is_whole(tokens: int, limit: int | None) -> bool:
    """Whether a prompt estimated at `tokens` fits, however wrong the estimate is: from such a one may be learned."""
    return limit is None or tokens * 2 <= limit


def unread(turns: Sequence[int], fixed: int, prompt_tokens: int | None, limit: int | None) -> int:
    """How many of the oldest `turns` (tokens each) the server left out to make the prompt fit into `limit`.

    As Ollama does: the system prompt (`fixed`) and the last turn stay. What it counted decides where it can.
    """
    total = fixed + sum(turns)
    if limit is None or total <= limit or len(turns) < 2:
        return 0
    is_count = prompt_tokens is not None and prompt_tokens * 3 >= limit
    if is_count and prompt_tokens is not None and prompt_tokens >= total * (1 - _TOLERANCE):
        return 0
    sizes = [total - sum(turns[:left_out]) for left_out in range(len(turns))]
    if is_count and prompt_tokens is not None:
        wanted = prompt_tokens
        return min(range(1, len(turns)), key=lambda left_out: abs(sizes[left_out] - wanted))
    return next((left_out for left_out, size in enumerate(sizes) if size <= limit), len(turns) - 1)
