"""The wire without a network: whatever a server sends, cut wherever the network likes, means the same."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.backends.base import ChatEvent, Delta, Finish, TokenLogprob, ToolCall
from conversations.backends.ollama.wire import ReplyReader

DONE = b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":2}\n'
ODD = "a\u0085b\u2028c\u2029d\x0be\x1cf 😀 é \ufeff"


def said(text: str, **message: object) -> bytes:
    value = {"model": "m", "message": {"role": "assistant", "content": text, **message}, "done": False}
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def read(*chunks: bytes, reader: ReplyReader | None = None) -> tuple[str, str, list[ToolCall], Finish | None, str]:
    """Content, thinking, tool calls, finish and error code of a stream that ends after the chunks."""
    reader = reader or ReplyReader()
    events: list[ChatEvent] = []
    for chunk in chunks:
        events += reader.feed(chunk)
        if reader.finished or reader.error:
            break
    else:
        events += reader.end()
    deltas = [event for event in events if isinstance(event, Delta)]
    assert all(delta.content or delta.thinking or delta.tool_calls for delta in deltas), "an empty delta"
    return (
        "".join(delta.content for delta in deltas),
        "".join(delta.thinking for delta in deltas),
        [call for delta in deltas for call in delta.tool_calls],
        next((event for event in events if isinstance(event, Finish)), None),
        reader.error.code if reader.error else "",
    )


STREAMS = {
    "plain": said("Hel") + said("lo") + DONE,
    "separators": said(ODD) + DONE,
    "thinking": said("", thinking="hm é") + said("x", thinking="again") + said("y") + DONE,
    "tools": said("", tool_calls=[{"function": {"name": "f", "arguments": {"a": "é😀"}}}]) + DONE,
    "no last newline": said("Hello") + DONE.rstrip(),
    "crlf and blanks": said("Hel").replace(b"\n", b"\r\n\r\n \n") + said("lo") + DONE,
    "byte order mark": b"\xef\xbb\xbf" + said("Hello") + DONE,
    "two objects on a line": said("Hel").rstrip() + said("lo").rstrip() + DONE,
    "surrogate pair": rb'{"message":{"content":"\ud83d\ude00"}}' + b"\n" + DONE,
    "torn surrogate pair": rb'{"message":{"content":"a\ud83d"}}' + b"\n" + rb'{"message":{"content":"\ude00b"}}'
    b"\n" + DONE,
    "lone surrogate": rb'{"message":{"content":"a\ud83d"}}' + b"\n" + said("b") + DONE,
    "nul": rb'{"message":{"content":"a\u0000b"}}' + b"\n" + DONE,
    "invalid utf-8": b'{"message":{"content":"a\xffb"}}\n' + DONE,
    "garbage between": said("Hel") + b"<!-- proxy -->\n[1]\nnull\n{broken\n" + said("lo") + DONE,
    "error after text": said("Hel") + b'{"error":"an error was encountered while running the model"}\n',
    "error at once": b'{"error":"model \'m\' not found"}\n',
    "no done": said("Hel") + said("lo"),
    "nothing": b"",
    "html": b"<html>\n<body>Hello</body>\n</html>\n",
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_cut_at_any_byte_reads_the_same(name: str) -> None:
    stream = STREAMS[name]
    whole = read(stream)
    for cut in range(1, len(stream)):
        assert read(stream[:cut], stream[cut:]) == whole, cut
    assert read(*(stream[index : index + 1] for index in range(len(stream)))) == whole


@given(st.lists(st.text(min_size=1), max_size=8), st.data())
def test_any_text_arrives_whole_however_it_is_cut(texts: list[str], data: st.DataObject) -> None:
    stream = b"".join(map(said, texts)) + DONE
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges) if start < end]
    expected = "".join(texts).replace("\x00", "").replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert read(*chunks)[0] == expected


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("plain", "Hello", ""),
        ("separators", ODD, ""),
        ("thinking", "xy", ""),
        ("no last newline", "Hello", ""),
        ("crlf and blanks", "Hello", ""),
        ("byte order mark", "Hello", ""),
        ("two objects on a line", "Hello", ""),
        ("surrogate pair", "😀", ""),
        ("torn surrogate pair", "a😀b", ""),
        ("lone surrogate", "a�b", ""),
        ("nul", "ab", ""),
        ("invalid utf-8", "a�b", ""),
        ("garbage between", "Hello", ""),
        ("error after text", "Hel", "upstream_error"),
        ("error at once", "", "model_missing"),
        ("no done", "Hello", "upstream_lost"),
        ("nothing", "", "upstream_protocol"),
        ("html", "", "upstream_protocol"),
    ],
)
def test_what_a_stream_means(name: str, content: str, code: str) -> None:
    found = read(STREAMS[name])
    assert (found[0], found[4]) == (content, code)
    assert (found[3] is not None) == (not code)


def test_a_lone_surrogate_at_the_very_end_is_not_lost() -> None:
    assert read(rb'{"message":{"content":"a\ud83d"}}' + b"\n")[0] == "a�"
    assert read(rb'{"message":{"content":"a\ud83d"}}' + b"\n" + DONE)[0] == "a�"


def test_all_text_of_one_read_is_one_delta() -> None:
    events = ReplyReader().feed(said("a") + said("b", thinking="t") + said("c") + DONE)
    assert events[0] == Delta("abc", "t")
    assert len(events) == 2


def test_text_before_an_error_in_the_same_read_is_kept() -> None:
    reader = ReplyReader()
    assert reader.feed(said("kept") + b'{"error":"boom"}\n' + said("not this")) == [Delta("kept")]
    assert reader.error is not None
    assert reader.error.detail == "boom"


def test_the_last_line_may_carry_text_thinking_and_tool_calls() -> None:
    last = json.loads(DONE)
    last["message"] |= {"content": "end", "thinking": "hm", "tool_calls": [{"function": {"name": "f"}}]}
    content, thinking, calls, finish, _ = read(json.dumps(last).encode())
    assert (content, thinking, [call.name for call in calls]) == ("end", "hm", ["f"])
    assert finish is not None


def test_the_last_line_may_carry_nothing() -> None:
    assert read(b'{"done":true}\n')[3] == Finish()


def test_thinking_that_an_old_server_leaves_in_the_text_is_taken_out_of_it() -> None:
    stream = said("<th") + said("ink>\nhm") + said("\n</think>\n\nHello") + said(" <think>") + DONE
    assert read(stream)[:2] == ("Hello <think>", "hm")
    for size in (1, 7, 50):
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert read(*pieces)[:2] == ("Hello <think>", "hm")


def test_probabilities_come_with_their_text_and_by_themselves_but_not_those_of_thinking() -> None:
    def line(content: str, thinking: str = "", *tokens: str) -> bytes:
        message = {"content": content} | ({"thinking": thinking} if thinking else {})
        sure = [{"token": token, "logprob": -0.5, "bytes": list(token.encode())} for token in tokens]
        return json.dumps({"message": message, "logprobs": sure}).encode() + b"\n"

    reader = ReplyReader()
    events = reader.feed(
        line("", "hm", "hm") + line("Hel", "", "Hel") + line("", "", "lo") + line("lo!", "", "!") + DONE
    )
    assert isinstance(events[0], Delta)
    assert [token.token for token in events[0].logprobs] == ["Hel", "lo", "!"]
    assert events[0].logprobs[0] == TokenLogprob("Hel", -0.5)
    assert reader.feed(b"") == []


def test_what_follows_done_is_ignored() -> None:
    assert read(DONE + said("late") + b'{"error":"late"}\n')[0::4] == ("", "")


def test_metrics_that_are_no_numbers_are_unknown() -> None:
    line = b'{"done":true,"eval_count":NaN,"prompt_eval_count":-1,"total_duration":1e999,"load_duration":"5"'
    line += b',"eval_duration":true,"prompt_eval_duration":12.0,"done_reason":["stop"]}\n'
    assert read(line)[3] == Finish("stop", prompt_duration=12)


def test_a_number_of_five_thousand_digits_is_an_odd_line_only() -> None:
    assert read(said("a") + b'{"eval_count":' + b"9" * 5000 + b"}\n" + DONE)[0] == "a"


def test_a_bottomless_nesting_is_an_odd_line_only() -> None:
    assert read(said("a") + b"[" * 200_000 + b"\n" + DONE)[0] == "a"


@pytest.mark.parametrize(
    "line",
    [
        {"message": {"role": None, "content": None, "images": None, "thinking": None, "tool_calls": None}},
        {"message": None},
        {"message": "text"},
        {"message": {"content": {"a": 1}, "thinking": ["b"], "tool_calls": {"c": 2}}},
        {"message": {"content": "", "tool_calls": [None, 7, {}, {"function": None}, {"function": {}}]}},
        {"message": {"content": ""}, "logprobs": [{"token": "a"}], "created_at": "0001-01-01T00:00:00Z", "extra": 1},
        {"done": "yes", "error": None},
    ],
)
def test_null_and_wrong_types_are_empty(line: dict[str, Any]) -> None:
    content, thinking, _, finish, code = read(json.dumps(line).encode() + b"\n" + DONE)
    assert (content, thinking, code) == ("", "", "")
    assert finish is not None


def test_tool_calls_are_kept_in_order_with_ids_of_our_own_where_they_have_none() -> None:
    stream = said("", tool_calls=[_call("a", index=0), _call("b", index=0)]) + said("", tool_calls=[_call("c", id="x")])
    calls = read(stream + DONE)[2]
    assert [(call.id, call.name) for call in calls] == [("call_1", "a"), ("call_2", "b"), ("x", "c")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"city": "Paris"}', {"city": "Paris"}),
        (r'"{\"city\": \"Paris\"}"', {"city": "Paris"}),
        (None, {}),
        ("", {}),
        ("null", {}),
        ({"a\x00": "b\ud800", "n": float("nan")}, {"a": "b�", "n": None}),
        ({"big": "x" * 1_000_000}, {"big": "x" * 1_000_000}),
    ],
)
def test_tool_arguments_are_always_an_object(arguments: object, expected: dict[str, object]) -> None:
    line = {"message": {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}}
    assert read(json.dumps(line).encode() + b"\n" + DONE)[2][0].arguments == expected


@pytest.mark.parametrize(
    ("arguments", "malformed"), [("not JSON", "not JSON"), ("[1]", "[1]"), ([1], "[1]"), (7, "7"), ("{a\x00", "{a")]
)
def test_arguments_that_are_no_object_are_kept_for_the_model_to_see(arguments: object, malformed: str) -> None:
    line = {"message": {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}}
    assert read(json.dumps(line).encode() + b"\n" + DONE)[2] == [ToolCall("call_1", "f", {}, malformed)]


def test_deep_tool_arguments_are_cut_off() -> None:
    arguments: dict[str, object] = {}
    for _ in range(300):
        arguments = {"a": arguments}
    found: object = read(said("", tool_calls=[_call("f", arguments=arguments)]) + DONE)[2][0].arguments
    depth = 0
    while isinstance(found, dict) and found:
        found, depth = found["a"], depth + 1
    assert 10 < depth < 100


def test_a_line_without_end_is_given_up_at_the_cap() -> None:
    reader = ReplyReader(line_cap=1000)
    assert read(said("kept"), *[b"x" * 100] * 20, reader=reader)[0::4] == ("kept", "answer_too_long")


def test_an_answer_without_end_is_given_up_at_the_cap() -> None:
    reader = ReplyReader(total_cap=1000)
    content, _, _, _, code = read(*[said("x" * 100)] * 20, reader=reader)
    assert code == "answer_too_long"
    assert 300 <= len(content) < 1000


def test_endless_garbage_is_given_up() -> None:
    assert read(*[b"garbage\n"] * 200)[4] == "upstream_protocol"


def test_an_excerpt_of_the_garbage_is_told() -> None:
    reader = ReplyReader()
    read(b"<html>\nnginx\n", reader=reader)
    assert reader.error is not None
    assert reader.error.detail == "<html>"


def _call(name: str, arguments: object = None, **rest: object) -> dict[str, object]:
    found = {"function": {"name": name, "arguments": arguments or {}, "index": rest.pop("index", 0)}}
    return {**found, **rest}
