"""The settings form: ranges, words and what is kept."""

from __future__ import annotations

import pytest

from conversations.forms import SettingsForm
from conversations.models import Conversation
from conversations.sampling import LOAD_TIME, Sampling
from conversations.sampling.words import GROUPS, OPTIONS


def form(**values: str) -> SettingsForm:
    return SettingsForm(values, conversation=Conversation())


def test_every_option_has_words_and_a_place() -> None:
    places = [name for group in GROUPS for name in group.options]
    assert sorted(places) == sorted(OPTIONS) == sorted(Sampling.model_fields)


def test_every_option_says_what_it_does_and_every_number_its_range() -> None:
    fields = [*form().common(), *(each for group in form().groups() for each in group.fields)]
    assert [each.field.name for each in fields if not each.field.help_text] == []
    numbers = [each.field for each in fields if each.field.widget_type == "number"]
    assert [field.name for field in numbers if " to " not in field.help_text] == []
    assert form()["temperature"].help_text.endswith("0 to 5, usually 0.8.")


def test_an_error_unfolds_its_group_and_no_other() -> None:
    wrong = form(num_batch="0")
    assert [group.name for group in wrong.groups() if group.is_open] == ["loading"]


def test_what_loads_the_model_anew_is_marked() -> None:
    marked = {each.field.name for group in form().groups() for each in group.fields if each.reloads}
    assert marked == set(LOAD_TIME)


@pytest.mark.parametrize(("chosen", "stored"), [("true", {"truncate": True}), ("false", {"truncate": False}), ("", {})])
def test_a_switch_has_three_states(chosen: str, stored: dict[str, bool]) -> None:
    right = form(truncate=chosen)
    assert right.is_valid()
    assert right.values()["sampling"] == stored
    again = SettingsForm(conversation=Conversation(sampling=stored))
    assert (again["truncate"].value() or "") == chosen


def test_an_empty_form_sets_nothing() -> None:
    empty = form()
    assert empty.is_valid()
    assert empty.values() == {"system_prompt": "", "think": "", "sampling": {}}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("temperature", "5.1", "“Temperature” takes a number from 0 to 5."),
        ("temperature", "nan", "“Temperature” takes a number from 0 to 5."),
        ("temperature", "warm", "“Temperature” takes a number from 0 to 5."),
        ("top_p", "1.01", "“Top p” takes a number from 0 to 1."),
        ("top_k", "2.5", "“Top k” takes a whole number from 0 to 100,000."),
        ("seed", str(2**31), "“Seed” takes a whole number from −2,147,483,648 to 2,147,483,647."),
        ("num_ctx", "3", "“Context length” takes a whole number from 4 to 10,000,000."),
        ("num_predict", "-2", "“Longest reply” takes a whole number from −1 to 10,000,000."),
        ("typical_p", "-0.1", "“Typical p” takes a number from 0 to 1."),
        ("presence_penalty", "-2.1", "“Presence penalty” takes a number from −2 to 2."),
        ("frequency_penalty", "3", "“Frequency penalty” takes a number from −2 to 2."),
        ("repeat_last_n", "-2", "“Repeat window” takes a whole number from −1 to 10,000,000."),
        ("num_keep", "-2", "“Kept from the start” takes a whole number from −1"),
        ("num_batch", "0", "“Batch size” takes a whole number from 1 to 65,536."),
        ("num_gpu", "-2", "“Layers on the GPU” takes a whole number from −1 to 10,000."),
        ("main_gpu", "-1", "“Main GPU” takes a whole number from 0 to 255."),
        ("num_thread", "x", "“CPU threads” takes a whole number from 0 to 4,096."),
        ("draft_num_predict", "1025", "“Draft tokens” takes a whole number from 0 to 1,024."),
        ("logprobs", "21", "“Token confidence” takes a whole number from 0 to 20."),
        ("truncate", "maybe", "“Leave out the oldest” is on, off or as usual. Choose one."),
        ("keep_alive", "9" * 20, "“Keep loaded” takes seconds"),
        ("keep_alive", "1h30", "“Keep loaded” takes seconds"),
        ("keep_alive", "soon", "“Keep loaded” takes seconds or a duration such as 5m or 1h30m."),
        ("keep_alive", "5 m", "“Keep loaded” takes seconds"),
        ("stop", "\n".join(str(number) for number in range(17)), "“Stop at” takes at most 16 lines"),
        ("stop", "x" * 201, "of at most 200 characters. Shorten the list."),
        ("system_prompt", "x" * (128 * 1024 + 1), "has 131073 characters, the limit is 131072. Shorten it."),
    ],
)
def test_an_error_names_the_field_the_limit_and_what_to_do(name: str, value: str, words: str) -> None:
    wrong = form(**{name: value})
    assert not wrong.is_valid()
    assert list(wrong.errors) == [name]
    assert len(wrong.errors[name]) == 1
    assert words in wrong.errors[name][0]


@pytest.mark.parametrize("value", ["0", "-1", "300", "2.5", "5m", "1h30m", "-1m", "100ms", ".5h", "+2m"])
def test_a_duration_is_taken_as_ollama_takes_it(value: str) -> None:
    right = form(keep_alive=value)
    assert right.is_valid()
    assert right.values()["sampling"] == {"keep_alive": value}


def test_zero_is_a_value() -> None:
    right = form(temperature="0", seed="0", top_k="0")
    assert right.is_valid()
    assert right.values()["sampling"] == {"temperature": 0, "seed": 0, "top_k": 0}


def test_what_no_database_can_hold_is_taken_out() -> None:
    right = form(system_prompt="Be\x00 short\ud800.", stop="a\x00b")
    assert right.is_valid()
    assert right.values()["system_prompt"] == "Be short\ufffd."
    assert right.values()["sampling"] == {"stop": ["ab"]}


def test_the_stored_values_fill_the_form() -> None:
    values = {"stop": ["a", "b"], "seed": 7, "gone": 1, "temperature": 0.0, "top_p": 0.95, "use_mmap": False}
    stored = Conversation(system_prompt="Be short.", think="low", sampling=values)
    filled = SettingsForm(conversation=stored)
    assert [filled[name].value() for name in ("temperature", "top_p", "use_mmap")] == ["0", "0.95", "false"]
    assert filled["stop"].value() == "a\nb"
    assert filled["seed"].value() == 7
    assert filled["think"].value() == "low"
