"""The options as values: what is accepted, and what goes where in a request."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from conversations.sampling import BESIDE_OPTIONS, LOAD_TIME, Sampling, think_value

# Protocol page §1.4, both halves of the table.
PAGE = [
    "num_predict",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repeat_last_n",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "num_ctx",
    "num_batch",
    "num_gpu",
    "main_gpu",
    "use_mmap",
    "num_thread",
    "draft_num_predict",
    "num_keep",
    "seed",
    "stop",
]


def test_every_option_of_the_protocol_can_be_set_and_none_is_by_itself() -> None:
    assert set(Sampling.model_fields) - BESIDE_OPTIONS == set(PAGE)
    assert Sampling().options() == {}
    assert set(Sampling().model_dump().values()) == {None}


def test_only_options_go_into_the_options() -> None:
    given = Sampling(temperature=0, use_mmap=False, keep_alive="5m", truncate=False, shift=True, logprobs=3)
    assert given.options() == {"temperature": 0, "use_mmap": False}


def test_load_time_options_are_known() -> None:
    assert set(Sampling.model_fields) >= LOAD_TIME


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (300, 300),
        (2.5, 2.5),
        (-1, -1),
        (0, 0),
        ("300", 300),
        (" -1 ", -1),
        ("5m", "5m"),
        ("-1m", "-1m"),
        ("1h30m", "1h30m"),
        ("300ms", "300ms"),
        ("", None),
        (None, None),
    ],
)
def test_keep_alive_in_all_its_forms(given: Any, sent: Any) -> None:
    assert Sampling(keep_alive=given).keep_alive_value() == sent


@pytest.mark.parametrize("given", ["soon", "5 m", "1h30", "m", "1d", True, 1e300, "999999999999", [], {}])
def test_no_other_duration_is_accepted(given: Any) -> None:
    with pytest.raises(ValidationError):
        Sampling(keep_alive=given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", True),
        ("top_k", True),
        ("seed", False),
        ("logprobs", True),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("top_k", 2.5),
        ("stop", "END"),
        ("stop", [""]),
        ("use_mmap", 7),
        ("mirostat", 1),
    ],
)
def test_a_wrong_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Sampling(**{name: value})
    assert refused.value.errors()[0]["loc"][0] == name


@pytest.mark.parametrize(
    ("choice", "sent"),
    [("", None), ("off", False), ("on", True), ("low", "low"), ("medium", "medium"), ("high", "high"), ("max", "max")],
)
def test_each_choice_of_thinking_is_sent(choice: str, sent: bool | str | None) -> None:
    assert think_value(choice) == sent
