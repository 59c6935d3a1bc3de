"""A transcript that was changed anywhere is found out, by its first message; alone, without the project."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from conversations.transcripts.chain import verify
from conversations.transcripts.chain.keys import public_key
from conversations.transcripts.chain.links import last_link
from conversations.transcripts.document import PLAIN, Edition, Transcript
from tests.unit.transcripts.told import ABOUT, message, text_of, user, written

OTHER = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
TREE = [
    user("When?", id=3),
    message("At noon.", id=5, parent=3, metrics={"rate": 1e-7, "tokens": 4.0}),
    message("At one.", id=6, parent=3, provenance={"options": {"seed": 2**63}}),
    user("Thanks \U0001f600\u2028", id=8, parent=6),
]
Change = Callable[[dict[str, Any]], object]


def document() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(written("json", *TREE))
    return value


def verdict(value: dict[str, Any]) -> str:
    try:
        verify.check(verify.read(json.dumps(value).encode()), public_key())
    except verify.Altered as error:
        return str(error)
    return ""


def swap(value: dict[str, Any]) -> None:
    messages = value["messages"]
    messages[1], messages[2] = messages[2], messages[1]


CHANGES: list[tuple[Change, str]] = [
    (lambda value: value["messages"][1].update(content="At two."), "messages.1 (message 5) was altered."),
    (lambda value: value["messages"][1]["metrics"].update(tokens=5), "messages.1 (message 5) was altered."),
    (lambda value: value["messages"][3].update(parent=5), "messages.3 (message 8) was altered."),
    (lambda value: value["messages"][0].update(more=1), "messages.0 (message 3) was altered."),
    (lambda value: value["messages"][2].pop("reason"), "messages.2 (message 6) was altered."),
    (lambda value: value["messages"].pop(1), "message 5 is missing before messages.1 (message 6)."),
    (lambda value: value["messages"].pop(), "message 8 is missing at the end, behind messages.2."),
    (lambda value: value["messages"].append({"id": 9}), "messages.4 (message 9) was added behind the end."),
    (lambda value: value["messages"].insert(1, {"id": 9}), "messages.1 (message 9) was added."),
    (lambda value: value["messages"].insert(1, value["messages"][0]), "messages.1 (message 3) was added."),
    (lambda value: value["messages"][1].update(id=9), "messages.1 (message 9) was altered: message 5 was there."),
    (swap, "messages.1 (message 6) was moved: message 5 was there."),
    (lambda value: value["conversation"].update(title="Buses"), "The head was altered"),
    (lambda value: value.update(redacted=["names"]), "The head was altered"),
    (lambda value: value.update(more=1), "The head was altered"),
    (lambda value: value.pop("chain"), "There is no chain"),
    (lambda value: value["chain"]["links"].append(7), "The chain itself is damaged."),
    (lambda value: value["chain"].pop("signature"), "There is no signature"),
    (lambda value: value["chain"]["signature"].update(key=OTHER), "It is signed with another key"),
    (lambda value: value["chain"]["signature"].update(value="00" * 64), "Every message fits its link, but the sig"),
]


@pytest.mark.parametrize(("change", "line"), CHANGES)
def test_the_first_change_is_named(change: Change, line: str) -> None:
    value = document()
    change(value)

    assert line in verdict(value)


def test_what_is_as_it_was_fits_however_it_is_laid_out() -> None:
    value = document()
    found = verify.check(verify.read(json.dumps(value, indent=3, sort_keys=True).encode()), public_key())

    assert (found.messages, found.key, found.redacted) == (4, public_key(), ())
    assert found.last == value["chain"]["links"][-1][1] == last_link(ABOUT, TREE, PLAIN)
    assert Transcript.model_validate(value).chain is not None


def test_a_chain_that_was_made_anew_has_no_signature_of_the_sites() -> None:
    value = document()
    value["messages"][1]["content"] = "At two."
    link = bytes.fromhex(value["chain"]["head"])
    for place, each in enumerate(value["messages"]):
        link = verify.next_link(link, each)
        value["chain"]["links"][place][1] = link.hex()

    assert verdict(value).startswith("Every message fits its link, but the signature does not")


def test_a_conversation_without_messages_is_signed_too() -> None:
    assert verify.check(verify.read(written("json")), public_key()).messages == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"messages": 1}',
        b'{"messages": [NaN]}',
        b"[" * 100_000,
        b"\xff",
        b'{"messages":[],"a":1,"a":2}',
    ],
)
def test_what_is_no_transcript_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(verify.Altered):
        verify.check(verify.read(data))


def test_texts_that_no_encoding_carries_are_no_fault_of_the_program() -> None:
    value = document()
    value["messages"][0]["content"] = "\ud800"

    assert verdict(value)


def run_alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In an interpreter that has the standard library only."""
    script = folder / "verify.py"
    shutil.copy(verify.__file__, script)
    return subprocess.run(
        [sys.executable, "-I", "-S", str(script), *arguments], capture_output=True, text=True, cwd=folder, check=False
    )


def test_one_file_does_it_without_the_project(tmp_path: Path) -> None:
    (tmp_path / "trains.json").write_bytes(written("json", *TREE))
    (tmp_path / "key").write_text(public_key() + "\n")
    fine = run_alone(tmp_path, "trains.json", "--key", "key")
    assert (fine.returncode, fine.stderr) == (0, "")
    assert "nothing was altered in 4 messages" in fine.stdout

    unknown = run_alone(tmp_path, "trains.json")
    assert unknown.returncode == 0
    assert "compare it with the site's" in unknown.stdout

    for arguments, words in [
        (("trains.json", "--key", OTHER), "another key"),
        (("trains.json", "--key", "nothing"), "nothing"),
        (("gone.json",), "gone.json"),
    ]:
        refused = run_alone(tmp_path, *arguments)
        assert refused.returncode == 1
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr


def test_the_command_says_it_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "trains.json"
    file.write_bytes(written("json", *TREE))
    said, told = StringIO(), StringIO()
    call_command("verify", str(file), stdout=said, stderr=told)
    assert "nothing was altered in 4 messages." in said.getvalue()

    value = document()
    value["messages"][1]["content"] = "\x1b[2J"
    file.write_text(json.dumps(value))
    with pytest.raises(CommandError, match=r"trains\.json: messages\.1 \(message 5\) was altered\."):
        call_command("verify", str(file))
    for words in (["gone.json"], [str(file), "--key", "12"], [], [str(file), "--public-key"]):
        with pytest.raises(CommandError):
            call_command("verify", *words)


def test_the_command_prints_the_key() -> None:
    said = StringIO()
    call_command("verify", "--public-key", stdout=said)

    assert said.getvalue().strip() == public_key()


@pytest.mark.parametrize("ending", ["html", "md", "txt"])
def test_the_formats_for_people_name_the_end_of_the_chain(ending: str) -> None:
    assert "5eed" * 16 in text_of(ending, *TREE, edition=Edition(last_link=lambda: "5eed" * 16))
