"""The soak's audit sees each fault that a run is there to find; the command says what it needs."""

from __future__ import annotations

import os
import platform
import sqlite3
import uuid
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.headless.answers import answer_to
from tests.headless.audit import Audit, audit_person
from tests.headless.person import Person
from tests.headless.stored import Stored
from tests.soak.__main__ import told_command
from tests.soak.memory import Memory
from tests.soak.people import elsewhere
from tests.soak.place import Place
from tests.soak.report import Run, report

COLUMNS = "id, parent_id, role, state, content, client_id, sender_id, trashed_at, conversation_id"
QUESTION = "anna 1: 3 words"


class Ledger:
    """A database with one question of anna's and its reply, and what she knows of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "chatsite.sqlite3"
        self.stored = Stored({"DATA_DIR": str(folder)})
        self.talk = uuid.uuid4()
        self.client_id = str(uuid.uuid4())
        self.anna = Person("anna", 1, lambda: pytest.fail("nobody calls"))
        self.anna.store("ask", self.client_id, self.talk, QUESTION)
        self.anna.acknowledged[self.client_id] = [1, 2]
        self.run("CREATE TABLE conversations_conversation (id, leaf_id, trashed_at)")
        self.run(f"CREATE TABLE conversations_message ({COLUMNS})")
        self.run("INSERT INTO conversations_conversation VALUES (?, 2, NULL)", self.talk.hex)
        self.add(1, None, "user", QUESTION, self.client_id)
        self.add(2, 1, "assistant", answer_to(QUESTION), self.client_id)

    def run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.file)) as file, file:
            file.execute(statement, values)

    def add(self, pk: int, parent: int | None, role: str, content: str, client_id: str) -> None:
        row = (pk, parent, role, "complete", content, client_id.replace("-", ""), 1, None, self.talk.hex)
        self.run(f"INSERT INTO conversations_message VALUES ({', '.join('?' * len(row))})", *row)

    def audit(self) -> Audit:
        found = Audit()
        audit_person(found, self.stored, self.anna)
        return found


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def test_what_is_stored_as_it_was_sent_is_clean(ledger: Ledger) -> None:
    found = ledger.audit()
    assert (found.sent, found.acknowledged, found.stored, found.findings) == (1, 1, 1, [])
    assert found.is_clean


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_row_that_is_gone_is_lost(ledger: Ledger, role: str) -> None:
    ledger.run("DELETE FROM conversations_message WHERE role = ?", role)
    assert ledger.audit().lost == 1


def test_other_words_are_lost_words(ledger: Ledger) -> None:
    ledger.run("UPDATE conversations_message SET content = 'anna 1: 3 word' WHERE role = 'user'")
    assert ledger.audit().lost == 1


def test_the_same_words_twice_are_a_duplicate(ledger: Ledger) -> None:
    again = str(uuid.uuid4())
    ledger.anna.store("ask", again, ledger.talk, QUESTION)
    ledger.add(3, 2, "user", QUESTION, again)
    ledger.add(4, 3, "assistant", answer_to(QUESTION), again)
    assert ledger.audit().duplicated == 1


def test_what_nobody_sent_is_a_duplicate(ledger: Ledger) -> None:
    ledger.add(3, 1, "assistant", answer_to(QUESTION), str(uuid.uuid4()))
    assert ledger.audit().duplicated == 1


def test_words_of_others_and_unanswered_asks_are_counted(ledger: Ledger) -> None:
    ledger.anna.others = ["bert"]
    ledger.anna.look('{"text": "bert 1: 3 words"}')
    ledger.anna.outbox[ledger.client_id] = {}
    found = ledger.audit()
    assert (found.misdirected, found.stuck, found.is_clean) == (1, 1, False)


def test_a_reply_that_is_not_what_the_model_said_is_damaged(ledger: Ledger) -> None:
    ledger.run("UPDATE conversations_message SET content = substr(content, 1, 4) WHERE role = 'assistant'")
    assert ledger.audit().damaged == 1
    ledger.run("UPDATE conversations_message SET state = 'interrupted' WHERE role = 'assistant'")
    assert ledger.audit().damaged == 0


def test_memory_grows_along_a_line_and_anew_after_a_restart() -> None:
    memory = Memory()
    for number in range(100):
        memory.take(0, 500.0)
        memory.samples[-1] = (number * 10.0, 100 + number * 10.0 / 3600)
    assert memory.slope == pytest.approx(1.0)
    assert memory.halves == pytest.approx((37 * 10 / 3600, 37 * 10 / 3600))
    memory.take(1, 90.0)
    memory.samples += [(number * 10.0, 100 + number) for number in range(30)]
    assert memory.slope is None, "less than five minutes"


def test_the_report_tells_where_when_and_how_it_ran() -> None:
    memory = Memory([(each * 60.0, 100 + each / 10) for each in range(100)])
    run = Run(
        datetime(2026, 11, 21, 21, 16, tzinfo=UTC), "manage.py soak --minutes 30 --pause 2", 7,
        Place("commit 0123456789ab", "2 cores, Fast CPU"), False, 6, Counter(say=3), Counter({"socket cut": 2}),
        1, 0, memory,
    )  # fmt: skip
    page = report(run, Audit(refused=Counter({"busy": 2, "slow_down": 1})))
    assert (
        "`manage.py soak --minutes 30 --pause 2` (seed 7), begun on 2026-11-21, 21:16 UTC at commit 0123456789ab"
        in page
    )
    assert "the same machine: 2 cores, Fast CPU." in page
    assert "grew by +6.0 MB/h: from 102.5 to 109.9 MB in the last 74 minutes, by +3.7 MB in their first half" in page
    assert "| refused with a reason: busy 2, slow_down 1 | 3 |" in page
    assert "| messages sent | 3 |" in page


@pytest.mark.parametrize("where", [["--report", "a b.md"], ["--report=a b.md"], ["--rep=x"], []])
def test_the_command_is_told_without_the_file_of_its_report(where: list[str]) -> None:
    told = "manage.py soak --minutes=30 --seed 7 --scaled"
    assert told_command(["--minutes=30", *where, "--seed", "7", "--scaled"]) == told


def test_the_place_is_read_off_the_machine() -> None:
    place = Place.here()
    assert f"{os.cpu_count()} cores, " in place.machine
    assert f"Python {platform.python_version()}" in place.machine
    assert "commit" in place.commit


def test_a_cookie_from_another_process_takes_the_place_of_the_first() -> None:
    def answer(port: int, token: str) -> httpx.Response:
        request = httpx.Request("GET", f"http://127.0.0.1:{port}/")
        return httpx.Response(200, headers={"Set-Cookie": f"csrftoken={token}; Path=/"}, request=request)

    one = httpx.AsyncClient()
    one.cookies.extract_cookies(answer(1, "first"))
    other = elsewhere(one, "http://127.0.0.1:2")
    other.cookies.extract_cookies(answer(2, "second"))
    assert (one.cookies["csrftoken"], other.cookies["csrftoken"]) == ("first", "second")


def test_without_a_checkout_the_command_says_what_it_needs(tmp_path: Path, settings: Settings) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="needs a checkout"):
        call_command("soak")
