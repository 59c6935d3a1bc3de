"""The stream without a network: whatever a server sends, cut wherever the network likes, means the same."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.backends.base import Delta, Finish, ToolCall
from conversations.backends.openai.wire import ReplyReader
from tests.unit.openai.reading import DONE, STOP, Told, chunk, cuts, event, read, said
from tests.upstream.openai import DIALECTS, stream_of
from tests.upstream.plans import Plan

ODD = "a\u0085b\u2028c\u2029d\x0be\x1cf 😀 é \ufeff"
STOPPED = Finish("stop")
LOST = ("upstream_lost", "the stream ended without a finish reason")
TALK = said("Hel") + said("lo")
FAILED = {"error": {"message": "CUDA error", "type": "server_error", "code": 500}}
TAGGED = "<think>\nhm é</think>\n\nHello"

STREAMS: dict[str, tuple[bytes, Told]] = {
    "finish and done": (TALK + STOP + DONE, Told("Hello", finish=STOPPED)),
    "done only": (TALK + DONE, Told("Hello", finish=STOPPED)),
    "finish only": (TALK + STOP, Told("Hello", finish=STOPPED)),
    "finish on the last text": (said("Hel") + chunk({"content": "lo"}, "length") + DONE,
                                Told("Hello", finish=Finish("length"))),
    "finish twice": (TALK + STOP + chunk({}, "stop") + DONE, Told("Hello", finish=STOPPED)),
    "neither": (TALK, Told("Hello", code=LOST[0], detail=LOST[1])),
    "no blank line at the end": (TALK + STOP.rstrip(), Told("Hello", finish=STOPPED)),
    "cut in the last event": (TALK + STOP[:-20], Told("Hello", code=LOST[0], detail=LOST[1])),
    "carriage returns": ((TALK + STOP).replace(b"\n", b"\r"), Told("Hello", finish=STOPPED)),
    "both line ends": ((TALK + STOP).replace(b"\n", b"\r\n"), Told("Hello", finish=STOPPED)),
    "no space": ((TALK + STOP + DONE).replace(b"data: ", b"data:"), Told("Hello", finish=STOPPED)),
    "no blank lines": ((TALK + STOP).replace(b"\n\n", b"\n"), Told("Hello", finish=STOPPED)),
    "comments and fields": (b"\xef\xbb\xbf: OPENROUTER PROCESSING\n\n:\n\nretry: 3\nid: 7\nevent: message\n" + TALK
                            + b": ping\n" + STOP + DONE, Told("Hello", finish=STOPPED)),
    "several data lines": (b'data: {"choices":[{"delta":\ndata: {"content":"Hello"}}]}\n\n' + STOP,
                           Told("Hello", finish=STOPPED)),
    "separators": (said(ODD) + STOP, Told(ODD, finish=STOPPED)),
    "torn surrogate pair": (rb'data: {"choices":[{"delta":{"content":"a\ud83d"}}]}' + b"\n\n"
                            + rb'data: {"choices":[{"delta":{"content":"\ude00b"}}]}' + b"\n\n" + DONE,
                            Told("a😀b", finish=STOPPED)),
    "nul and invalid utf-8": (b'data: {"choices":[{"delta":{"content":"a\\u0000\xffb"}}]}\n\n' + DONE,
                              Told("a\ufffdb", finish=STOPPED)),
    "reasoning": (said("", reasoning="hm ") + said("", reasoning="é") + TALK + DONE,
                  Told("Hello", "hm é", finish=STOPPED)),
    "reasoning_content": (said(None, reasoning_content="hm é") + TALK + DONE, Told("Hello", "hm é", finish=STOPPED)),
    "both keys": (said("", reasoning="hm é", reasoning_content="hm é") + TALK + DONE,
                  Told("Hello", "hm é", finish=STOPPED)),
    "both in one chunk": (said("Hello", reasoning="hm é") + DONE, Told("Hello", "hm é", finish=STOPPED)),
    "inline thinking": (b"".join(map(said, TAGGED)) + STOP, Told("Hello", "hm é", finish=STOPPED)),
    "inline thinking at once": (said(TAGGED) + STOP, Told("Hello", "hm é", finish=STOPPED)),
    "inline thinking, no end": (said("\n<think>hm </thi") + STOP, Told("", "hm </thi", finish=STOPPED)),
    "inline thinking, lost": (said(" <thi"), Told(" <thi", code=LOST[0], detail=LOST[1])),
    "a tag later": (said("a <think>b</think>") + STOP, Told("a <think>b</think>", finish=STOPPED)),
    "a tag quoted": (said("<thi") + said("nly>") + STOP, Told("<thinly>", finish=STOPPED)),
    "nothing but white space": (said(" \n") + STOP, Told(" \n", finish=STOPPED)),
    "usage trailing": (TALK + STOP + event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
                       + DONE, Told("Hello", finish=Finish("stop", 3, 2))),
    "usage always": (chunk({"content": "Hello"}, usage=None) + chunk({}, "stop", usage={"prompt_tokens": 3}) + DONE,
                     Told("Hello", finish=Finish("stop", 3))),
    "error, then end": (TALK + event(FAILED), Told("Hello", code="upstream_error", detail="CUDA error")),
    "error, then done": (TALK + event(FAILED) + DONE, Told("Hello", code="upstream_error", detail="CUDA error")),
    "finish, error, done": (TALK + STOP + event(FAILED) + DONE,
                            Told("Hello", code="upstream_error", detail="CUDA error")),
    "error first": (event({"object": "error", "message": "too busy", "type": "overloaded_error", "code": 503}) + DONE,
                    Told("", code="busy", detail="too busy")),
    "bare error field": (TALK + b'error: {"code":500,"message":"CUDA error"}\n\n',
                         Told("Hello", code="upstream_error", detail="CUDA error")),
    "error event": (TALK + b'event: error\ndata: {"message":"CUDA error"}\n\n',
                    Told("Hello", code="upstream_error", detail="CUDA error")),
    "error event in words": (TALK + b"event: error\ndata: CUDA error\n\n",
                             Told("Hello", code="upstream_error", detail="CUDA error")),
    "error in the choice": (TALK + event({"choices": [{"delta": {}, "finish_reason": "error",
                            "error": {"message": "gone", "code": 502}}]}) + DONE,
                            Told("Hello", code="upstream_error", detail="gone")),
    "error as a reason": (TALK + chunk({}, "error") + DONE,
                          Told("Hello", code="upstream_error", detail="finish_reason: error")),
    "error by code": (event({"error": {"message": "wait", "code": 429}}), Told("", code="busy", detail="wait")),
    "not streamed": (json.dumps({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}).encode(),
                     Told("Hello", finish=STOPPED)),
    "not streamed error": (b'{"error":{"message":"boom"}}', Told("", code="upstream_error", detail="boom")),
    "html": (b"<html>\n<body>Hello</body>\n</html>\n", Told("", code="upstream_protocol", detail="<html>")),
    "nothing": (b"", Told("", code="upstream_protocol", detail="empty answer")),
    "index counts tokens": (event({"choices": [{"index": 7, "delta": {"content": "Hel"}}]})
                            + event({"choices": [{"index": 8, "delta": {"content": "lo"}}]}) + STOP,
                            Told("Hello", finish=STOPPED)),
    "no content key": (chunk({"role": "assistant"}) + TALK + STOP + DONE, Told("Hello", finish=STOPPED)),
    "other reasons": (TALK + chunk({}, "content_filter") + DONE, Told("Hello", finish=Finish("content_filter"))),
    "broken json between": (said("Hel") + b"data: {broken\n\ndata: 7\n\n" + said("lo") + STOP,
                            Told("Hello", finish=STOPPED)),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_means_what_it_says_wherever_it_is_cut(name: str) -> None:
    stream, meaning = STREAMS[name]
    assert read(stream) == meaning
    for pieces in cuts(stream):
        assert read(*pieces) == meaning, pieces


@pytest.mark.parametrize("end", ["done", "eof", "error"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_reads_alike_wherever_it_is_cut(dialect: str, end: str) -> None:
    calls = [{"function": {"name": "f", "arguments": {"city": "Zürich"}}}, {"function": {"name": "g", "arguments": {}}}]
    plan = Plan("Good é morning", thinking="hm hm", tool_calls=calls, end=end)  # type: ignore[arg-type]
    stream = stream_of(plan, dialect)
    told = read(stream)
    assert (told.content, told.thinking) == ("Good é morning", "hm hm")
    if end == "done":
        assert told.calls == (ToolCall("call_0a", "f", {"city": "Zürich"}), ToolCall("call_1a", "g", {}))
        assert told.finish is not None
        assert (told.finish.reply_tokens is None) == (dialect == "plain")
        assert (told.finish.reply_duration == 100_000_000) == (dialect == "llama.cpp")
    else:
        is_silent = end == "eof" or dialect == "ollama"
        assert told.code == ("upstream_lost" if is_silent else "upstream_error")
    for pieces in cuts(stream):
        assert read(*pieces) == told


@given(st.lists(st.text(min_size=1), max_size=8), st.data())
def test_any_text_arrives_whole_however_it_is_cut(texts: list[str], data: st.DataObject) -> None:
    stream = b"".join(map(said, ["»", *texts])) + STOP
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    edges = [0, *places, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges) if start < end]
    expected = "".join(texts).replace("\x00", "").replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert read(*chunks).content == "»" + expected


def test_all_text_of_one_read_is_one_delta() -> None:
    events = ReplyReader().feed(said("a") + said("b", reasoning="t") + said("c") + STOP + DONE)
    assert events == [Delta("abc", "t"), Finish("stop")]


def test_what_follows_done_is_ignored() -> None:
    assert read(TALK + DONE + said("late") + event(FAILED)) == Told("Hello", finish=STOPPED)


def test_a_finish_reason_is_not_the_end_until_the_server_has_no_more_to_say() -> None:
    reader = ReplyReader()
    assert not reader.is_ending
    assert reader.feed(TALK + STOP) == [Delta("Hello")]
    assert reader.is_ending
    assert not reader.finished


def test_a_line_or_a_reply_past_its_cap_is_cut() -> None:
    assert read(said("a" * 100), reader=ReplyReader(line_cap=50)).content == "a" * 100
    assert read(said("a" * 100)[:90], b"b", reader=ReplyReader(line_cap=50)).code == "answer_too_long"
    assert read(said("a"), said("b"), reader=ReplyReader(total_cap=100)).code == "answer_too_long"


@pytest.mark.parametrize(
    "value",
    [
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"delta": None, "finish_reason": None}]},
        {"choices": [{"delta": {"content": {"a": 1}, "reasoning": ["b"], "tool_calls": {"c": 2}, "role": 5}}]},
        {"choices": [{"delta": {"content": "", "tool_calls": [None, 7, {}, {"function": None}]}}]},
        {"choices": [{"delta": {}, "finish_reason": 7}], "usage": "x", "timings": [1], "error": None},
        {"choices": {}, "extra": 1},
    ],
)
def test_null_and_wrong_types_are_empty(value: object) -> None:
    assert read(event(value) + STOP + DONE) == Told("", finish=STOPPED)


def test_content_as_parts_and_a_refusal_are_text() -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "image"}, {"type": "text", "text": "lo"}]
    assert read(chunk({"content": parts}) + DONE).content == "Hello"
    assert read(chunk({"role": "assistant", "refusal": "I cannot."}) + DONE).content == "I cannot."


def test_probabilities_come_with_their_text_but_not_those_of_thinking() -> None:
    def sure(delta: dict[str, object], token: str) -> bytes:
        entry = {"token": token, "logprob": -0.25, "bytes": list(token.encode()), "top_logprobs": []}
        return event({"choices": [{"index": 0, "delta": delta, "logprobs": {"content": [entry]}}]})

    stream = sure({"reasoning_content": "hm"}, "hm") + sure({"content": "Hel"}, "Hel") + sure({"content": "lo"}, "lo")
    for chunks in ([stream + STOP + DONE], [stream[:300], stream[300:] + STOP + DONE]):
        reader = ReplyReader()
        deltas = [event for each in chunks for event in reader.feed(each) if isinstance(event, Delta)]
        assert [token.token for delta in deltas for token in delta.logprobs] == ["Hel", "lo"]
        assert reader.finished
