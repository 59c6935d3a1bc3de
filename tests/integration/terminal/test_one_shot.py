"""`manage.py generate` and `embed`: words in, words or numbers out, nothing kept."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tests.terminal import Data, Terminal
from tests.upstream import Plan, Upstream


def test_the_answer_is_printed_alone_and_nothing_is_kept(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan("Yes\x1b[2J", thinking="Hm"))
    done = data.manage("generate", "qwen3:8b", "Is", "it", "so")

    assert (done.returncode, done.stdout, done.stderr) == (0, "Yes\x1b[2J\n", "")
    assert upstream.calls[-1].value["prompt"] == "Is it so"
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(0,)]


def test_everything_that_may_be_asked_for_is_sent(data: Data, upstream: Upstream, tmp_path: Path) -> None:
    picture = tmp_path / "mill.png"
    Image.new("RGB", (8, 8), "teal").save(picture)
    options = ["--option", "seed=4", "--option", "num_ctx=4096", "--keepalive", "5m", "--format", "json"]
    flags = ["--system", "Short.", "--image", str(picture), "--think=off"]
    done = data.manage("generate", "gemma3:4b", *options, *flags, piped="def f() {")

    assert done.returncode == 0, done.stderr
    sent = next(call.value for call in upstream.calls if call.path == "/api/generate")
    assert sent["prompt"] == "def f() {"
    assert (sent["system"], sent["format"], sent["keep_alive"]) == ("Short.", "json", "5m")
    assert sent["options"] == {"seed": 4, "num_ctx": 4096}
    assert len(sent["images"]) == 1


def test_raw_prompts_bypass_the_template(data: Data, upstream: Upstream) -> None:
    assert data.manage("generate", "tiny", "--raw", "[INST] Hi").returncode == 0

    assert next(call.value for call in upstream.calls if call.path == "/api/generate")["raw"] is True


def test_one_object_holds_text_and_figures(data: Data) -> None:
    found = json.loads(data.manage("generate", "tiny", "--json", "Hello").stdout)

    assert (found["model"], found["done"], found["done_reason"]) == ("tiny:latest", True, "stop")
    assert found["response"]
    assert found["eval_count"] > 0


def test_a_terminal_sees_no_control_characters_and_ctrl_c_stops(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(["\x1b]0;owned\x07", "one", " two"], hold=2))
    with Terminal(data, "tiny", "Draw", command="generate") as terminal:
        assert "␛]0;owned␇" in terminal.read_until("one")
        terminal.type("\x03")
        assert terminal.leave() == 130
    upstream.wait_until(lambda: upstream.calls[-1].fate == "closed")


def test_a_program_without_a_library_answers_too(data: Data) -> None:
    assert data.manage("generate", "eliza", "I am sad").returncode == 0
    done = data.manage("generate", "eliza", "--raw", "I am sad")
    assert (done.returncode, "has no way to do that" in done.stderr) == (1, True)


def test_wrong_uses_and_failures_have_their_own_statuses(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan("one two three", stop_after=1, end="error", error="CUDA error"))
    failed = data.manage("generate", "tiny", "Count")
    assert (failed.returncode, "CUDA error" in failed.stderr) == (1, True)

    wrong = {
        ("generate", "tiny"): (2, "There is no prompt."),
        ("generate", "nosuch", "Hi"): (1, "There is no model named nosuch."),
        ("generate", "tiny", "--option", "seed=x", "Hi"): (2, "seed takes a whole number"),
        ("generate", "tiny", "--image", "/nosuch.png", "Hi"): (2, "/nosuch.png: No such file or directory."),
        ("generate", "tiny", "--suffix", "}", "Hi"): (1, "does not support insert"),
        ("embed", "nomic-embed-text"): (2, "There is no text."),
        ("embed", "nomic-embed-text", "--dimensions", "0", "a"): (2, "--dimensions is a number from 1"),
        ("embed", "tiny", "a"): (1, "does not support embeddings"),
    }
    for words, (status, text) in wrong.items():
        done = data.manage(*words)
        assert (done.returncode, text in done.stderr) == (status, True), (words, done.stderr)


def test_texts_become_vectors_a_line_each(data: Data, upstream: Upstream) -> None:
    given = data.manage("embed", "nomic-embed-text", "one", "two", "--dimensions", "4").stdout.splitlines()
    piped = data.manage("embed", "nomic-embed-text", "--json", piped="one\n\ntwo\n").stdout

    assert [len(json.loads(line)) for line in given] == [4, 4]
    assert len(json.loads(piped)["embeddings"]) == 2
    sent = next(call.value for call in upstream.calls if call.path == "/api/embed")
    assert (sent["input"], sent["dimensions"], sent["truncate"]) == (["one", "two"], 4, False)
