"""What a person can say to the terminal itself: settings, help, models, conversations, several lines, pictures."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from PIL import Image

from tests.terminal import PROMPT, Data, Terminal
from tests.upstream import Plan, Upstream


def asked(upstream: Upstream, text: str) -> dict[str, Any]:
    """The question as it was sent; a conversation's title is asked for as well, at a time of its own."""
    return next(call.value for call in reversed(upstream.chats) if call.prompt == text)


# Settings


def test_settings_hold_from_the_next_question_on(data: Data, upstream: Upstream) -> None:
    with Terminal(data, "qwen3:8b") as terminal:
        terminal.read_until(PROMPT)
        for line in (
            "parameter temperature 0.3",
            "parameter stop END STOP",
            "parameter top_k 7",
            "parameter seed 1",
            "system Be brief.",
        ):
            terminal.enter(f"/set {line}")
        terminal.enter("/set nothink")
        terminal.enter("First")
        first = asked(upstream, "First")
        terminal.enter("/set parameter top_k")
        terminal.enter("/set think high")
        terminal.enter("/clear")
        terminal.enter("Second")

    assert first["options"] == {"temperature": 0.3, "stop": ["END", "STOP"], "top_k": 7, "seed": 1}
    assert first["think"] is False
    assert first["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "First"}]
    second = asked(upstream, "Second")
    assert (second["options"], second["think"]) == ({"temperature": 0.3, "stop": ["END", "STOP"], "seed": 1}, "high")
    assert second["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Second"}]


def test_a_bad_value_is_refused_with_its_limits_and_changes_nothing(data: Data, upstream: Upstream) -> None:
    refusals = {
        "/set parameter temperature hot": "temperature takes a number from 0 to 5, not 'hot'.",
        "/set parameter temperature 9": "temperature takes a number from 0 to 5, not '9'.",
        "/set parameter seed 1.5": "seed takes a whole number from -2147483648 to 2147483647, not '1.5'.",
        "/set parameter top_k 1 2": "top_k takes one value, not 2.",
        "/set parameter nonsense 1": "There is no option nonsense.",
        "/set parameter": "Name an option. There are: temperature",
        "/set think wildly": "Thinking is one of off, on, low, medium, high, max, not 'wildly'.",
        "/set format {": "The format is no JSON schema: This is not JSON",
        "/set format /nosuch.json": "/nosuch.json: No such file or directory.",
        "/set nonsense": "/set parameter NAME VALUE",
    }
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        for line, words in refusals.items():
            assert words in terminal.enter(line), line
        terminal.enter("Hello")

    assert asked(upstream, "Hello")["messages"] == [{"role": "user", "content": "Hello"}]
    assert set(asked(upstream, "Hello").get("options", {})) <= {"seed"}


def test_replies_are_json_until_they_are_not(data: Data, upstream: Upstream, tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    (tmp_path / "city.json").write_text(json.dumps(schema))
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        formats = []
        for line in ("/set format json", f"/set format {tmp_path}/city.json", "/set noformat"):
            terminal.enter(line)
            terminal.enter(f"After {line}")
            formats.append(asked(upstream, f"After {line}").get("format"))

    assert formats == ["json", schema, None]


def test_an_answer_that_is_not_as_the_format_wants_it_says_where(data: Data) -> None:
    schema = '{"type": "object", "required": ["city"]}'
    done = data.manage("chat", "tiny", "--format", schema, "wrong format")

    assert done.returncode == 0
    assert "Not as the format wants it:" in done.stderr


def test_figures_and_thinking_are_shown_as_wanted(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan("Yes", thinking="Hm, hm"), model="qwen3:8b")
    with Terminal(data, "qwen3:8b", "--hidethinking", NO_COLOR="1") as terminal:
        terminal.read_until(PROMPT)
        terminal.enter("/set verbose")
        shown = terminal.enter("Why")
        assert "tokens/s" in shown
        assert "Hm" not in shown
        assert "\x1b[2m" not in shown
        terminal.enter("/set quiet")
        assert "tokens/s" not in terminal.enter("Why")


def test_options_of_the_command_line_are_the_same_settings(data: Data, upstream: Upstream) -> None:
    options = ["--think=low", "--format", "json", "--keepalive", "10m", "--option", "seed=3", "--system", "Short."]
    assert data.manage("chat", *options, "qwen3:8b", "Why", "so").returncode == 0

    sent = asked(upstream, "Why so")
    assert (sent["think"], sent["format"], sent["keep_alive"]) == ("low", "json", "10m")
    assert sent["options"] == {"seed": 3}
    assert sent["messages"] == [{"role": "system", "content": "Short."}, {"role": "user", "content": "Why so"}]


def test_a_wrong_option_is_a_wrong_use(data: Data) -> None:
    for wrong in (["--option", "top_p=2"], ["--keepalive", "soon"], ["--think=much"], ["--nonsense"]):
        done = data.manage("chat", "tiny", *wrong, "Hello")
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(0,)]


# The model


def test_what_is_known_of_the_model_is_shown_by_parts(data: Data) -> None:
    expected = {
        "info": ["context length", "131072", "completion"],
        "license": ["LLAMA 3.2"],
        "template": ["{{ .Prompt }}"],
        "modelfile": ["FROM"],
        "parameters": ["Of this conversation:", "seed  4"],
        "system": ["names no system."],
        "": ["/show info"],
    }
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        terminal.enter("/set parameter seed 4")
        for part, words in expected.items():
            shown = terminal.enter(f"/show {part}")
            assert all(word in shown for word in words), (part, shown)
        assert "qwen3:8b" in terminal.enter("/list")


def test_another_model_begins_a_new_conversation_and_an_unknown_one_changes_nothing(
    data: Data, upstream: Upstream
) -> None:
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        assert "There is no model nosuch." in terminal.enter("/load nosuch")
        terminal.enter("First")
        terminal.enter("/load llama3.2")
        terminal.enter("Second")

    assert [call.model for call in upstream.chats if call.prompt in ("First", "Second")] == [
        "tiny:latest",
        "llama3.2:latest",
    ]
    assert asked(upstream, "Second")["messages"] == [{"role": "user", "content": "Second"}]


def test_a_conversation_is_saved_as_a_model(data: Data, upstream: Upstream) -> None:
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        terminal.enter("/set system Be brief.")
        terminal.enter("/set parameter seed 5")
        terminal.enter("Hello")
        assert "is not a name" in terminal.enter("/save ../etc")
        assert "mine is a model now" in terminal.enter("/save mine")

    made = next(call.value for call in upstream.calls if call.path == "/api/create")
    assert (made["from"], made["system"], made["parameters"]) == ("tiny:latest", "Be brief.", {"seed": 5})
    assert [turn["content"] for turn in made["messages"]] == ["Hello", "Yes, that works."]


# Conversations


def test_an_old_conversation_goes_on_by_its_title_its_identifier_or_as_the_latest(
    data: Data, upstream: Upstream
) -> None:
    assert data.manage("chat", "tiny", "--option", "seed=3", "Remember the mill").returncode == 0
    ((number,),) = data.rows("SELECT id FROM conversations_conversation")
    title = data.rows("SELECT title FROM conversations_conversation")[0][0]
    assert data.manage("chat", "--continue", "And", "now").returncode == 0
    assert data.manage("chat", "--conversation", number[:12], "tiny", "Third").returncode == 0
    with Terminal(data, "eliza") as terminal:
        terminal.read_until(PROMPT)
        assert "Remember the mill" in terminal.enter(f"/load {title}")
        terminal.enter("Fourth")

    said = [turn["content"] for turn in asked(upstream, "Fourth")["messages"]]
    assert said[::2] == ["Remember the mill", "And now", "Third", "Fourth"]
    assert asked(upstream, "Fourth")["options"] == {"seed": 3}
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(1,)]


def test_nobody_goes_on_with_somebody_elses_conversation(data: Data) -> None:
    assert data.manage("chat", "eliza", "Mine alone").returncode == 0
    ((number,),) = data.rows("SELECT id FROM conversations_conversation")
    done = data.manage("chat", "--user", "charlie", "--conversation", number, "Hello")

    assert (done.returncode, f"There is no conversation {number}." in done.stderr) == (1, True)


# Typing


def test_a_message_may_have_several_lines(data: Data, upstream: Upstream) -> None:
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        terminal.type('"""one\r')
        terminal.enter('two"""')
        terminal.type("three\x1b\r")
        terminal.enter("four")
        terminal.type('/set system """five\r')
        terminal.enter('six"""')
        terminal.enter("Hello")

    assert asked(upstream, "one\ntwo")
    assert asked(upstream, "three\nfour")
    assert asked(upstream, "Hello")["messages"][0] == {"role": "system", "content": "five\nsix"}


def test_help_is_there_for_everything(data: Data) -> None:
    with Terminal(data, "eliza") as terminal:
        terminal.read_until(PROMPT)
        for line, words in {"/?": "/load NAME", "/help set": "/set system", "/? shortcuts": "Ctrl-G"}.items():
            assert words in terminal.enter(line)
        assert "There is no /nonsense." in terminal.enter("/nonsense")
        assert "Ctrl-D or /bye" in terminal.enter("\x03")


def test_commands_are_completed_and_what_was_typed_is_remembered(data: Data, upstream: Upstream) -> None:
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        terminal.enter("Hello")
        terminal.enter("/set para\tsee\t4")
        terminal.enter("/set nohistory")
        terminal.enter("Secret")
        terminal.enter("/set history")
        terminal.enter("\x1b[A\x1b[A\x1b[A\x1b[A")  # four up, past the commands

    kept = data.folder / "terminal_history"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "Secret" not in kept.read_text()
    assert "+/set parameter seed 4" in kept.read_text()
    said = [call.value for call in upstream.chats if call.prompt == "Hello"]
    assert [call.get("options", {}).get("seed") == 4 for call in said] == [False, True]


# Pictures and other files


def test_pictures_are_attached_by_their_paths(data: Data, upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "two words.png"
    Image.new("RGB", (64, 48), "teal").save(path)
    with Terminal(data, "gemma3:4b") as terminal:
        terminal.read_until(PROMPT)
        written = str(path).replace(" ", "\\ ")
        shown = terminal.enter(f"What is this {written}")
        assert "Added two words.png." in shown
        assert "PNG 64×48" in shown
        assert "I see" not in terminal.enter("/load tiny")
        assert "This model cannot see" in terminal.enter(f"'{path}'")

    images = [call.value["messages"][-1].get("images") for call in upstream.chats]
    assert [len(found or ()) for found in images if found] == [1]
    assert data.rows("SELECT kind, width, height FROM conversations_attachment") == [("image", 64, 48)]


def test_a_damaged_picture_is_refused_before_anything_is_asked(data: Data, tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    done = data.manage("chat", "gemma3:4b", f"Look at {path}")

    assert (done.returncode, "broken.png: The picture is damaged." in done.stderr) == (1, True)
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(0,)]


def test_texts_go_with_the_message_that_they_belong_to(data: Data, upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The mill stands by the river.")
    assert data.manage("chat", "tiny", "--file", str(tmp_path / "notes.txt"), "Where").returncode == 0

    assert "The mill stands by the river." in upstream.chats[0].prompt
    assert data.rows("SELECT content FROM conversations_message WHERE role = 'user'") == [("Where",)]
