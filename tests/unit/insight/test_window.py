"""Estimates of tokens: what counts teach, what is left out, and what a bar of times shows."""

from __future__ import annotations

import pytest

from conversations.generation.insight.verdicts import first_difference
from conversations.generation.insight.window import USUAL, Learned, counted, is_whole, tokens_of, unread
from conversations.views.insight.timing import bar_of

MODEL = ("ollama", "m")


def test_characters_per_token_are_learned_from_counts() -> None:
    learned = Learned()
    assert learned.per_token(MODEL) == USUAL
    for count in (500, 520, 9):  # the last one left out what was in the cache
        learned.learn(MODEL, counted(1500, 3, 0, count))
    assert learned.per_token(MODEL) == pytest.approx(3.0, abs=0.1)
    assert learned.per_token(("ollama", "other")) == USUAL


def test_only_the_last_few_prompts_count() -> None:
    learned = Learned()
    for per_token in [2.0] * 20 + [5.0] * 8:
        learned.learn(MODEL, per_token)
    assert learned.per_token(MODEL) == 5.0


@pytest.mark.parametrize(
    ("characters", "count"), [(1500, None), (1500, 0), (100, 25), (1500, 100_000), (1500, 26), (210, 40)]
)
def test_what_cannot_be_the_count_of_the_prompt_teaches_nothing(characters: int, count: int | None) -> None:
    assert counted(characters, 3, 0, count) is None


def test_pictures_take_their_own_tokens() -> None:
    assert tokens_of(400, 4.0, images=2) == 100 + 4 + 2 * 768
    assert counted(400, 1, 2, 100 + 4 + 2 * 768) == 4.0


@pytest.mark.parametrize(
    ("turns", "fixed", "count", "limit", "left_out"),
    [
        ([300, 300, 300], 50, 950, 4096, 0),  # all fits
        ([300, 300, 300], 50, 330, 700, 2),  # by the count
        ([300, 300, 300], 50, 640, 700, 1),
        ([300, 300, 300], 50, 900, 700, 0),  # the estimate was too high: it was all read
        ([300, 300, 300], 50, None, 700, 1),  # nobody counted: as Ollama would do
        ([300, 300, 300], 50, 20, 700, 1),  # an old server's count, without its cache
        ([3000], 0, 700, 700, 0),  # the last one always stays
        ([300, 3000], 0, None, 700, 1),
        ([300, 300, 300], 50, 950, None, 0),
    ],
)
def test_how_many_turns_a_server_left_out(
    turns: list[int], fixed: int, count: int | None, limit: int | None, left_out: int
) -> None:
    assert unread(turns, fixed, count, limit) == left_out


def test_only_prompts_that_surely_fit_teach() -> None:
    assert is_whole(1000, 2048)
    assert not is_whole(1100, 2048)
    assert is_whole(10**6, None)


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [("abc", "abc", None), ("abc", "abd", 2), ("abc", "ab", 2), ("", "x", 0), ("", "", None), ("😀a", "😀b", 1)],
)
def test_where_texts_differ(one: str, other: str, place: int | None) -> None:
    assert first_difference(one, other) == place


def test_the_bar_shows_what_the_server_measured() -> None:
    bar = bar_of({"total_ms": 1000, "load_ms": 200, "prompt_ms": 100, "reply_ms": 600, "first_ms": 400})
    assert bar is not None
    assert [(part.kind, part.x, part.width) for part in bar.parts] == [
        ("wait", 0, 100),
        ("load", 100, 200),
        ("prompt", 300, 100),
        ("reply", 400, 600),
    ]
    assert (bar.first, bar.total) == (400, "1.00 s")


def test_the_bar_of_a_server_that_measures_nothing() -> None:
    bar = bar_of({"total_ms": 2000, "first_ms": 500})
    assert bar is not None
    assert [(part.kind, part.width) for part in bar.parts] == [("wait", 250), ("reply", 750)]
    assert bar_of({}) is None
