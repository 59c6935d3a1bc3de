"""ELIZA: the published algorithm step by step, then the two scripts, then the backend around them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.backends.base import ChatMessage, ChatRequest, Delta, Finish
from conversations.backends.eliza import ElizaBackend
from conversations.backends.eliza.backend import LANGUAGES, NOTE, _script, reply_to
from conversations.backends.eliza.dialogue import Dialogue
from conversations.backends.eliza.script import read_script

SCRIPT = """
# A script for the tests.
pre
  dont = do not
post
  i = you
  my = your
  you are = I am
  you . = me
  you = I
joint but
group kin = mother father
key low 1 = lower
  * low *
    low after (3)
key high 5
  * high [up down] *
    heard {4}
    turned (4)
  * high *
    =low
    newkey
key me 9
  * never matches this *
    no
key my 2
  * my @kin *
    kin (3) then (4)
  * my *
    mine
memory my
  * my *
    earlier (3)
none
  first none
  second none
silence
  quiet
more
  further
  further still
"""


@pytest.fixture
def dialogue(tmp_path: Path) -> Dialogue:
    path = tmp_path / "script.txt"
    path.write_text(SCRIPT, "utf-8")
    return Dialogue(read_script(path))


def talk(*said: str) -> list[str]:
    """The answers to a talk, each asked as a backend is: with all that was said before."""
    messages: list[ChatMessage] = []
    for text in said:
        messages.append(ChatMessage("user", text))
        messages.append(ChatMessage("assistant", reply_to(messages)))
    return [message.content for message in messages if message.role == "assistant"]


# The algorithm


def test_the_keyword_of_the_highest_rank_answers(dialogue: Dialogue) -> None:
    assert dialogue.answer("low and high up there") == "Heard there"


def test_an_alias_is_its_keyword(dialogue: Dialogue) -> None:
    assert dialogue.answer("lower low ground") == "Low after ground"


def test_reassemblies_take_turns(dialogue: Dialogue) -> None:
    assert [dialogue.answer("high up") for _ in range(3)] == ["Heard", "Turned", "Heard"]


def test_parts_are_exchanged_or_kept_as_they_were_said(dialogue: Dialogue) -> None:
    assert dialogue.answer("high up you are my friend like you") == "Heard you are my friend like you"
    assert dialogue.answer("high up you are my friend like you") == "Turned I am your friend like me"


def test_a_keyword_may_hand_over_to_another_one(dialogue: Dialogue) -> None:
    assert dialogue.answer("high low end") == "Low after end"


def test_newkey_goes_on_with_the_next_keyword_found(dialogue: Dialogue) -> None:
    dialogue.answer("high low end")
    assert dialogue.answer("high my mother sings") == "Kin mother then sings"


def test_a_keyword_whose_patterns_do_not_fit_gives_way(dialogue: Dialogue) -> None:
    assert dialogue.answer("me low x") == "Low after x"


def test_without_a_keyword_the_fallbacks_take_turns(dialogue: Dialogue) -> None:
    assert [dialogue.answer(text) for text in ("a", "b", "c")] == ["first none", "second none", "first none"]


def test_only_the_first_clause_with_a_keyword_counts(dialogue: Dialogue) -> None:
    assert dialogue.answer("nothing here, low one. high up two") == "Low after one"
    assert dialogue.answer("nothing but low three") == "Low after three"


def test_contractions_are_written_out(dialogue: Dialogue) -> None:
    assert dialogue.answer("high down dont go") == "Heard do not go"


def test_what_was_said_of_mine_comes_back_on_a_fourth_turn(dialogue: Dialogue) -> None:
    answers = [dialogue.answer(text) for text in ("my garden", "b", "c", "d", "e", "f", "g", "h")]
    assert answers[:4] == ["Mine", "first none", "second none", "Earlier garden"]
    assert answers[7] == "second none", "said once"


def test_the_first_word_loses_its_capital_only_when_it_is_an_everyday_word(dialogue: Dialogue) -> None:
    assert dialogue.answer("high up Rome") == "Heard Rome"
    assert dialogue.answer("My mother Anna") == "Kin mother then Anna"


def test_a_talk_without_words_is_silence(dialogue: Dialogue) -> None:
    assert {dialogue.answer(text) for text in ("", " ", "...", "🙂", "!?")} == {"quiet"}


def test_a_wrong_script_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("none\n  fine\n    too deep\n", "utf-8")
    with pytest.raises(ValueError, match=r"bad.txt:3: too deep"):
        read_script(path)


# The scripts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_is_rich_and_whole(language: str) -> None:
    script = _script(language)
    keywords = {id(keyword): keyword for keyword in script.keywords.values()}.values()
    assert len(keywords) >= 35
    assert min(len(script.lists[name]) for name in ("none", "silence", "more")) >= 3
    for keyword in keywords:
        assert keyword.rules, keyword.word
        for rule in keyword.rules:
            assert rule.answers, rule.pattern
            for answer in rule.answers:
                assert not answer.startswith("=") or answer[1:] in script.keywords, answer
                assert _highest_part(answer) <= rule.pattern.groups, answer


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_keyword_of_a_script_answers(language: str) -> None:
    script = _script(language)
    for word in script.keywords:
        answer = Dialogue(script).answer(word)
        assert answer
        assert not answer.startswith("=")
        assert "newkey" not in answer


def test_english_is_answered_in_english_and_german_in_german() -> None:
    answers = talk("I am sad", "Ich bin traurig", "blah", "I need a break")
    assert answers[0] == "I am sorry to hear that you are sad. What happened?"
    assert answers[1] == "Es tut mir leid, dass Sie traurig sind. Was ist geschehen?"
    assert answers[2] in {text[:1].upper() + text[1:] for text in _script("de").lists["none"]}
    assert answers[3] == "What would it give you to have a break?"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("You are not very nice.", "What gives you the impression that I am not very nice?"),
        ("I can't stop thinking about you", "How do you know that you cannot stop thinking about me?"),
        ("I DON'T LIKE MY HAT", "What would you change about your hat?"),
        ("my name is Peter", "Pleased to meet you, Peter. What brings you here, Peter?"),
        ("I remember my summer in Rome", "When did your summer in Rome last come back to you?"),
        ("Are you a computer?", "I am one, and an old one. Does that trouble you?"),
        ("Mein Auto ist kaputt", "Ihr Auto ist kaputt: erzählen Sie weiter."),
        ("Ich heiße Anna", "Freut mich, Anna. Was führt Sie her?"),
        ("Bist du müde?", "Warum ist es Ihnen wichtig, ob ich müde bin?"),
        ("Wie geht es dir?", "Danke, Strom habe ich genug. Und wie geht es Ihnen wirklich?"),
    ],
)
def test_it_turns_words_around(said: str, answer: str) -> None:
    assert talk(said) == [answer]


def test_it_does_not_repeat_itself_and_remembers() -> None:
    answers = talk("My garden is a mess", "hm", "hm", "hm")
    assert answers[3] == "Earlier you wrote “my garden is a mess”. Does it have to do with this?"
    assert len(set(answers)) == 4


def test_the_same_talk_is_answered_the_same() -> None:
    said = ["Hello", "I am tired", "My job is hard", "x", "y", "Ich bin müde"] * 20
    assert talk(*said) == talk(*said)


def test_a_long_talk_costs_no_more_than_a_short_one() -> None:
    long = [ChatMessage("user", f"I am tired {index}") for index in range(10_000)]
    assert reply_to(long) == reply_to(long[-40:])


@given(st.lists(st.text(max_size=200), max_size=4))
def test_anything_is_answered(said: list[str]) -> None:
    for answer in talk(*said):
        assert answer
        answer.encode()


@pytest.mark.parametrize("text", ["x" * 131_072, "i " * 60_000, "i you my " * 30_000, "\n" * 100_000, "ı İ ß i am İ"])
def test_a_wall_of_text_is_answered(text: str) -> None:
    assert talk(text)[0]


# The backend


async def stream(request: ChatRequest) -> tuple[str, Finish]:
    events = [event async for event in ElizaBackend(delay=0).chat(request)]
    assert isinstance(events[-1], Finish)
    deltas = [event for event in events[:-1] if isinstance(event, Delta)]
    assert len(deltas) == len(events) - 1 == events[-1].reply_tokens
    return "".join(delta.content for delta in deltas), events[-1]


def asked(*said: str, **options: object) -> ChatRequest:
    turns = [ChatMessage("user" if index % 2 == 0 else "assistant", text) for index, text in enumerate(said)]
    return ChatRequest("eliza", [ChatMessage("system", "Be brief."), *turns], options=options)


async def test_it_streams_word_by_word_and_counts() -> None:
    text, finish = await stream(asked("I am sad"))
    assert text == "I am sorry to hear that you are sad. What happened?"
    assert (finish.reason, finish.reply_tokens, finish.prompt_tokens) == ("stop", 11, 5)
    assert finish.total_duration is not None
    assert finish.reply_duration is not None
    assert finish.total_duration >= finish.reply_duration


async def test_a_limited_reply_ends_by_length_and_can_be_continued() -> None:
    begun, finish = await stream(asked("I am sad", num_predict=4))
    assert (begun, finish.reason) == ("I am sorry to", "length")
    rest, finish = await stream(asked("I am sad", begun))
    assert (begun + rest, finish.reason) == ("I am sorry to hear that you are sad. What happened?", "stop")


async def test_a_reply_cut_in_a_word_goes_on_there() -> None:
    rest, _ = await stream(asked("I am sad", "I am sor"))
    assert rest == "ry to hear that you are sad. What happened?"


async def test_a_whole_reply_is_continued_with_a_further_thought_each_time() -> None:
    text = (await stream(asked("I am sad")))[0]
    seen = {text}
    for _ in range(3):
        further = (await stream(asked("I am sad", text)))[0]
        assert further.startswith(" ")
        assert further not in seen
        seen.add(further)
        text += further


async def test_no_question_at_all_is_silence() -> None:
    assert (await stream(ChatRequest("eliza", [])))[0] == _script("en").lists["silence"][0]


async def test_it_calls_itself_what_it_is() -> None:
    models = await ElizaBackend().models()
    assert [(model.name, model.note, model.capabilities) for model in models] == [
        ("eliza", NOTE, frozenset({"completion"}))
    ]


def _highest_part(answer: str) -> int:
    return max((int(digit) for digit in re.findall(r"[({](\d)[)}]", answer)), default=0)
