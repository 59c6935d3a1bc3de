"""Probabilities as servers tell them, and what of it can be stored and shown."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.backends.base import TokenLogprob
from conversations.backends.logprobs import NEVER, LogprobReader


def entry(token: str, logprob: object = -0.5, top: object = None) -> dict[str, Any]:
    found: dict[str, Any] = {"token": token, "logprob": logprob, "bytes": list(token.encode())}
    return found | ({"top_logprobs": top} if top is not None else {})


def test_ollamas_list_and_openais_object_say_the_same() -> None:
    top = [entry("Hi"), entry("Yo", -2)]
    told = [TokenLogprob("Hi", -0.5, (("Hi", -0.5), ("Yo", -2.0)))]
    assert LogprobReader().take([entry("Hi", top=top)]) == told
    assert LogprobReader().take({"content": [entry("Hi", top=top)], "refusal": None}) == told


def test_the_parallel_lists_of_old_are_read() -> None:
    lists = {"tokens": ["Hi", "!"], "token_logprobs": [-1, None], "top_logprobs": [{"Hi": -1, "Yo": -2}, None]}
    assert LogprobReader().take(lists) == [TokenLogprob("Hi", -1.0, (("Hi", -1.0), ("Yo", -2.0)))]


def test_parts_of_a_character_become_the_character() -> None:
    reader = LogprobReader()
    parts = [{"token": "�", "logprob": -0.1, "bytes": [byte]} for byte in "😀".encode()]
    (whole,) = [token for part in parts for token in reader.take([part])]
    assert whole.token == "😀"
    assert whole.logprob == pytest.approx(-0.4)
    assert reader.take([entry("a")]) == [TokenLogprob("a", -0.5)]


def test_bytes_that_never_become_a_character_do_not_pile_up() -> None:
    reader = LogprobReader()
    found = reader.take([{"token": "�", "logprob": -1.0, "bytes": [0xFF]}] * 8)
    assert [len(token.token) for token in found] == [4, 4]


@pytest.mark.parametrize(
    "value",
    [None, 7, "x", [], {}, [None, 7, "x"], [{}], [{"token": 1, "logprob": -1}], [{"token": "a", "logprob": "b"}],
     [{"token": "a", "logprob": float("nan")}], [{"token": "a", "logprob": True}], {"content": None},
     {"content": {"a": 1}}, {"tokens": "x", "token_logprobs": 7}],
)  # fmt: skip
def test_what_is_no_probability_is_left_out(value: object) -> None:
    assert LogprobReader().take(value) == []


def test_values_are_made_safe() -> None:
    odd = [{"token": "a\x00\ud800", "logprob": float("-inf"), "bytes": ["x"], "top_logprobs": [None, {"token": 7}]}]
    assert LogprobReader().take(odd) == [TokenLogprob("a\ufffd", NEVER)]
    assert len(LogprobReader().take([entry("a", top=[entry("b")] * 50)])[0].top) == 20
