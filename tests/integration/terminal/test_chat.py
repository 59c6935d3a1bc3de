"""`manage.py chat`: real processes on a real terminal, before ELIZA and a real upstream."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.terminal import PROMPT, Data, Terminal, wait_until
from tests.upstream import Plan, Upstream

FIRST_WORDS = "one two three"
WORDS = FIRST_WORDS + " four five six"


# One message


def test_one_message_prints_its_reply_alone_and_keeps_it(data: Data) -> None:
    done = data.manage("chat", "eliza", "I am unhappy")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(".\n") or done.stdout.endswith("?\n")
    assert data.replies() == [("complete", done.stdout.rstrip("\n"))]
    assert data.rows(
        "SELECT username, title, model_name FROM conversations_conversation JOIN conversations_user ON owner_id ="
        " conversations_user.id"
    ) == [("alice", "I am unhappy", "eliza")]


def test_what_is_piped_in_is_one_message_behind_the_text(data: Data, upstream: Upstream) -> None:
    for args in ([], ["Sum this up:"]):
        assert data.manage("chat", "tiny", *args, piped="first line\nsecond line\n").returncode == 0

    assert [call.prompt for call in upstream.chats if "line" in call.prompt] == [
        "first line\nsecond line\n",
        "Sum this up:\n\nfirst line\nsecond line\n",
    ]


def test_figures_are_printed_when_they_are_wanted_beside_the_reply(data: Data) -> None:
    done = data.manage("chat", "eliza", "--verbose", "Hello")

    assert "tokens/s" in done.stderr
    assert "tokens" not in done.stdout


def test_a_failure_is_told_in_plain_words_and_the_text_is_kept(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, stop_after=3, end="error", error="CUDA error"))
    done = data.manage("chat", "tiny", "Count")

    assert (done.returncode, done.stdout) == (1, FIRST_WORDS + "\n")
    assert done.stderr.startswith("The model server reported an error.")
    assert "CUDA error" in done.stderr
    assert data.replies() == [("failed", FIRST_WORDS)]


def test_a_pipe_gets_every_character_and_no_thinking(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(["a\x1b[2Jb\x07\r\n"], thinking="Hm, hm"))
    done = data.manage("chat", "tiny", "Draw")

    assert done.stdout == "a\x1b[2Jb\x07\n"  # `text=True` reads \r\n as \n


def test_a_reader_who_has_seen_enough_leaves_no_trace_on_the_screen(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=3))
    process = data.begin("tiny", "Count")
    assert process.stdout
    assert process.stderr
    assert process.stdout.read(3) == "one"
    process.stdout.close()
    upstream.release()

    assert process.stderr.read() == ""
    assert process.wait(60) == 1
    process.stderr.close()


def test_an_unknown_model_is_answered_with_those_there_are(data: Data) -> None:
    done = data.manage("chat", "nosuch", "Hello")

    assert done.returncode == 1
    assert "There is no model named nosuch." in done.stderr
    assert "tiny:latest" in done.stderr
    assert "eliza" in done.stderr
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(0,)]


def test_a_model_server_that_is_down_is_named_and_stands_in_nobodys_way(template: Data, tmp_path: Path) -> None:
    data = template.copy_to(tmp_path, "127.0.0.1:9")

    assert "ollama at http://127.0.0.1:9: The model server does not answer." in data.manage("chat", "tiny", "Hi").stderr
    assert data.manage("chat", "eliza", "Hi").returncode == 0


def test_an_empty_message_is_not_asked(data: Data) -> None:
    done = data.manage("chat", "eliza", piped=" \n")

    assert (done.returncode, done.stderr) == (1, "The message is empty. Write something first.\n")


# Whose conversation


def test_it_is_the_conversation_of_the_user_named(data: Data) -> None:
    assert data.manage("chat", "eliza", "Hello", "--user", "charlie").returncode == 0

    owner = (
        "SELECT username FROM conversations_user JOIN conversations_conversation ON owner_id = conversations_user.id"
    )
    assert data.rows(owner) == [("charlie",)]


@pytest.mark.parametrize(
    ("name", "words"), [("dora", "dora is switched off or waits for approval."), ("nobody", "no user named 'nobody'")]
)
def test_nobody_chats_who_may_not(data: Data, name: str, words: str) -> None:
    done = data.manage("chat", "eliza", "Hello", "--user", name)

    assert (done.returncode, words in done.stderr) == (1, True)
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(0,)]


def test_several_administrators_are_asked_which(data: Data) -> None:
    data.manage("shell", "-c", "from conversations.models import User; User.objects.create_superuser('erin')")

    assert "--user NAME" in data.manage("chat", "eliza", "Hello").stderr


# A person at a terminal


def test_a_conversation_goes_on_until_it_is_cleared(data: Data) -> None:
    with Terminal(data, "eliza") as terminal:
        terminal.read_until(PROMPT)
        for line in ("Hello\n", "I am sad\n", "/clear\n", "Hello\n", "/what\n"):
            terminal.type(line)
            terminal.read_until(PROMPT)
        terminal.type("/bye\n")
        assert terminal.leave() == 0

    parents = data.rows("SELECT id, parent_id FROM conversations_message ORDER BY id")
    numbers = [number for number, _parent in parents]
    assert [parent for _number, parent in parents] == [None, *numbers[:3], None, numbers[4]]
    assert data.rows("SELECT count(*) FROM conversations_conversation") == [(2,)]


def test_ctrl_c_stops_a_reply_and_keeps_exactly_what_was_seen(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=3))
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        terminal.type("Count\n")
        terminal.read_until(FIRST_WORDS)
        terminal.type("\x03")
        assert "Stopped." in terminal.read_until(PROMPT)
        upstream.wait_until(lambda: upstream.chats[0].fate == "closed")
        terminal.press_until("\x03", PROMPT)
        terminal.type("Hello\n")
        terminal.read_until(PROMPT)
        terminal.type("\x04")
        assert terminal.leave() == 0

    assert data.replies()[0] == ("stopped", FIRST_WORDS)
    assert [turn["content"] for turn in upstream.chats[1].value["messages"]] == ["Count", FIRST_WORDS, "Hello"]


def test_ctrl_c_works_before_the_first_word(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=0))
    with Terminal(data, "tiny", "Count") as terminal:
        upstream.wait_until(lambda: len(upstream.chats) == 1)
        terminal.type("\x03")
        assert terminal.leave() == 130

    assert data.replies() == [("stopped", "")]


def test_no_control_character_of_a_model_reaches_the_terminal(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(["\x1b]0;owned\x07", "\x9b2J", " harmless"]))
    with Terminal(data, "tiny") as terminal:
        terminal.read_until(PROMPT)
        terminal.type("Draw\n")
        shown = terminal.read_until(PROMPT)

    assert "␛]0;owned␇\ufffd2J harmless" in shown
    assert "\x1b]0" not in shown


def test_thinking_is_dim_and_apart(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan("Yes", thinking="Hm, hm"))
    with Terminal(data, "qwen3:8b") as terminal:
        terminal.read_until(PROMPT)
        terminal.type("Why\n")
        assert "\x1b[2mHm, hm\x1b[0m\r\n\r\nYes\r\n" in terminal.read_until(PROMPT)


# Ends that nobody wished for


def test_a_killed_chat_leaves_its_text_and_the_next_start_says_interrupted(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=3))
    process = data.begin("tiny", "Count")
    wait_until(lambda: data.replies() == [("streaming", FIRST_WORDS)])
    process.kill()
    process.communicate()

    assert data.manage("chat", "eliza", "Hello").returncode == 0
    assert data.replies()[0] == ("interrupted", FIRST_WORDS)


def test_a_chat_that_is_told_to_end_stores_everything_first(data: Data, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=3))
    process = data.begin("tiny", "Count")
    assert process.stdout
    assert process.stdout.read(len(FIRST_WORDS)) == FIRST_WORDS
    process.send_signal(signal.SIGTERM)

    assert process.communicate() == ("", "")
    assert process.returncode == 143
    assert data.replies() == [("interrupted", FIRST_WORDS)]
