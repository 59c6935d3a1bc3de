"""Fifty people sign up to an empty site in the same moment: one administrator, and one owner of each name."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse

from conversations.models import User
from tests import databases

PEOPLE = 50
PROCESSES = 4
ROOT = Path(__file__).resolve().parents[2]

WORKER = """
import sys, django
django.setup()
from tests.integration.test_signup_race import all_at_once
first, last = int(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
print(*all_at_once([f"person{number}" for number in range(first, last)]), flush=True)
"""


def sign_up(username: str, address: str) -> int:
    """Through the form, as one of many behind their own addresses; the status."""
    client = Client(REMOTE_ADDR=address, headers={"host": "localhost"})
    data = {"username": username, "password1": "correct horse battery", "email": ""}
    return client.post(reverse("account_signup"), data).status_code


def all_at_once(usernames: list[str]) -> list[int]:
    """Each from a thread of its own, none before all are there."""
    gate = threading.Barrier(len(usernames))

    def run(number: int, username: str) -> int:
        try:
            gate.wait(30)
            return sign_up(username, f"198.51.100.{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(usernames)) as pool:
        return list(pool.map(run, range(len(usernames)), usernames))


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_of_fifty_threads_one_is_the_administrator() -> None:
    answers = all_at_once([f"person{number}" for number in range(PEOPLE)])

    assert Counter(answers) == {302: PEOPLE}
    assert User.objects.count() == PEOPLE
    assert User.objects.filter(is_superuser=True).count() == User.objects.filter(is_staff=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_want_one_name_one_gets_it() -> None:
    answers = all_at_once(["ada", "ADA"] * 10)

    assert Counter(answers) == {302: 1, 200: 19}
    assert User.objects.count() == 1


def test_of_four_processes_one_has_the_administrator(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    environment |= databases.own_database(is_bare=True) | databases.own_redis()
    environment |= {
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }

    def run(*args: str) -> str:
        return subprocess.check_output([sys.executable, *args], cwd=ROOT, env=environment, text=True)

    run("-m", "django", "migrate", "--verbosity", "0")
    edges = [PEOPLE * part // PROCESSES for part in range(PROCESSES + 1)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(first), str(last)],
            cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for first, last in pairwise(edges)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = Counter(" ".join(worker.communicate(timeout=120)[0] for worker in workers).split())

    query = (
        "from conversations.models import User as U; print(U.objects.count(), U.objects.filter(is_staff=True).count())"
    )
    counted = run("-c", f"import django; django.setup(); {query}")
    assert answers == {"302": PEOPLE}
    assert counted.split() == [str(PEOPLE), "1"]
