"""`manage.py models`: every verb, against a library that is real but for its models."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.terminal import Data, Terminal
from tests.upstream import Transfer, Upstream

PULL = "gemma3:1b"


def test_the_list_says_what_each_model_is_and_which_is_loaded(data: Data) -> None:
    assert data.manage("models", "load", "tiny").returncode == 0
    done = data.manage("models")

    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "5.2 GB" in lines["qwen3:8b"]
    assert "8.2B" in lines["qwen3:8b"]
    assert "40960" in lines["qwen3:8b"]
    assert "completion thinking tools" in lines["qwen3:8b"]
    assert "CPU/GPU" in lines["tiny:latest"]
    assert "eliza" in lines
    assert "\x1b" not in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_loaded_is_listed_until_it_is_unloaded(data: Data) -> None:
    assert data.manage("models", "load", "tiny", "--keepalive", "-1").returncode == 0
    assert "tiny:latest" in data.manage("models", "ps").stdout
    assert data.manage("models", "unload", "tiny").returncode == 0
    assert "tiny:latest" not in data.manage("models", "ps").stdout


def test_a_model_is_shown_whole_or_by_a_part(data: Data) -> None:
    assert "context length" in data.manage("models", "show", "tiny").stdout
    assert data.manage("models", "show", "tiny", "template").stdout == "{{ .Prompt }}\n"
    assert "eliza" in data.manage("models", "show", "eliza").stdout
    assert data.manage("models", "show", "eliza", "license").returncode == 1


def test_a_model_is_made_from_another_copied_and_deleted(data: Data, upstream: Upstream) -> None:
    made = data.manage(
        *("models", "create", "mine", "--from", "tiny", "--system", "Be brief."),
        *("--parameter", "temperature=0.2", "--parameter", "stop=END"),
    )
    assert made.stdout == "mine is made from tiny:latest.\n", made.stderr
    sent = next(call.value for call in upstream.calls if call.path == "/api/create")
    assert (sent["from"], sent["system"], sent["parameters"]) == (
        "tiny:latest",
        "Be brief.",
        {"temperature": 0.2, "stop": ["END"]},
    )
    assert data.manage("models", "copy", "mine", "other").returncode == 0
    assert data.manage("models", "delete", "other", "--yes").stdout == "other:latest is deleted.\n"
    assert upstream.find("other") is None
    assert upstream.find("mine") is not None


def test_deleting_says_who_uses_the_model_and_asks(data: Data, upstream: Upstream) -> None:
    assert data.manage("chat", "tiny", "The old mill").returncode == 0
    assert data.manage("chat", "--user", "charlie", "tiny", "Not to be told").returncode == 0
    with Terminal(data, "delete", "tiny", command="models") as terminal:
        shown = terminal.read_until("[y/N]")
        assert "2 conversations would need another model" in shown
        assert "The old mill" in shown
        assert "1 of other people" in shown
        assert "Not to be told" not in shown
        terminal.type("n\r")
        terminal.read_until("It stays.")
        assert terminal.leave() == 1
    assert upstream.find("tiny") is not None
    with Terminal(data, "delete", "tiny", command="models") as terminal:
        terminal.read_until("[y/N]")
        terminal.type("y\r")
        terminal.read_until("is deleted.")
        assert terminal.leave() == 0
    assert upstream.find("tiny") is None


def test_nobody_is_asked_where_nobody_is(data: Data, upstream: Upstream) -> None:
    done = data.manage("models", "delete", "tiny")

    assert (done.returncode, "add --yes" in done.stderr) == (2, True)
    assert upstream.find("tiny") is not None


# Downloads


def test_a_download_tells_its_steps_and_the_model_is_there(data: Data, upstream: Upstream) -> None:
    done = data.manage("models", "pull", PULL)

    assert (done.returncode, done.stdout) == (0, f"{PULL} is there.\n"), done.stderr
    assert "success" in done.stderr
    assert "\x1b" not in done.stderr
    assert upstream.find(PULL) is not None
    assert data.rows("SELECT kind, model_name, state FROM conversations_libraryjob") == [("pull", PULL, "complete")]


def test_ctrl_c_cancels_a_download_and_the_same_again_goes_on_from_there(data: Data, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=8))
    layers = upstream.published[PULL]
    with Terminal(data, "pull", PULL, command="models") as terminal:
        upstream.wait_until(lambda: any(call.sent == 8 for call in upstream.calls))
        terminal.read_until(layers[0].digest[7:19])
        terminal.type("\x03")
        assert terminal.leave() == 130
    upstream.wait_until(lambda: any(call.path == "/api/pull" and call.fate == "closed" for call in upstream.calls))
    arrived = dict(upstream.blobs)
    assert 0 < arrived[layers[0].digest] < layers[0].size
    assert upstream.find(PULL) is None

    assert data.manage("models", "pull", PULL).returncode == 0
    assert upstream.find(PULL) is not None
    assert sorted(state for (state,) in data.rows("SELECT state FROM conversations_libraryjob")) == [
        "complete",
        "stopped",
    ]


def test_a_download_that_is_told_to_end_lets_go_of_the_server(data: Data, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=3))
    process = data.begin("pull", PULL, command="models")
    upstream.wait_until(lambda: any(call.sent == 3 for call in upstream.calls))
    process.send_signal(signal.SIGTERM)

    process.communicate()
    assert process.returncode == 143
    upstream.wait_until(lambda: any(call.path == "/api/pull" and call.fate == "closed" for call in upstream.calls))


def test_why_a_transfer_failed_is_said_in_plain_words(data: Data, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(stop_after=5))
    full = data.manage("models", "pull", PULL)
    missing = data.manage("models", "pull", "nosuch")
    refused = data.manage("models", "push", "tiny")

    assert (full.returncode, "disk is full" in full.stderr) == (1, True), full.stderr
    assert (missing.returncode, "There is no model of this name to download." in missing.stderr) == (1, True)
    assert (refused.returncode, "registry does not let this model server in" in refused.stderr) == (1, True)


# What cannot be done, and what can from the start


def test_a_new_installation_needs_no_site_that_was_started(tmp_path: Path, upstream: Upstream) -> None:
    done = Data.bare(tmp_path, upstream.address).manage("models")

    assert (done.returncode, done.stderr) == (0, "Making the database …\n")
    assert "tiny:latest" in done.stdout


def test_what_is_wrong_is_said_with_the_way_on(data: Data) -> None:
    wrong = {
        ("show", "nosuch"): (1, "There is no model named nosuch.\nThere are: "),
        ("pull", "../etc"): (1, "This is not a name that a model can have."),
        ("copy", "eliza", "other"): (1, "This model server has no way to do that."),
        ("pull", "tiny", "--server", "nowhere"): (1, "There is no server named nowhere. There are: ollama, eliza"),
        ("create", "x", "--from", "tiny", "--parameter", "top_p=7"): (2, "top_p takes a number from 0 to 1"),
        ("load", "tiny", "--keepalive", "soon"): (2, "keep_alive takes seconds or a duration"),
        ("create", "x", "--from", "tiny", "--template", "@/nosuch"): (2, "/nosuch: No such file or directory."),
        ("dance",): (2, "invalid choice"),
    }
    for words, (status, text) in wrong.items():
        done = data.manage("models", *words)
        assert (done.returncode, text in done.stderr) == (status, True), (words, done.stderr)


def test_a_server_that_is_away_hides_nobody_elses_models(data: Data, upstream: Upstream) -> None:
    upstream.stop()
    done = data.manage("models")

    assert "eliza" in done.stdout
    assert "Ollama: The model server does not answer." in done.stderr
    assert done.returncode == 1
