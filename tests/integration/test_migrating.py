"""Migrations keep to the database that they are run on; gone back to an older number, its tables can be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sites import ROOT

# The latest number first: each is gone back to, and something is said there, as a site of that number would.
THERE_AND_BACK = """
import json
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connections
from conversations.backups.databases import opened
from conversations.models.exports import triggers

FOUND = {}

def migrated(number):
    call_command("migrate", "conversations", *number, database="second", verbosity=0)
    with connections["second"].cursor() as cursor:
        cursor.execute("UPDATE conversations_conversation SET title = 'x'")
        cursor.execute("DELETE FROM conversations_message WHERE content = 'x'")
    return len(triggers.present(connections["second"]))

with opened(URL, "second") as second:
    call_command("migrate", database=second, verbosity=0)
    FOUND["groups"] = {each.name: each.permissions.count() for each in Group.objects.using(second)}
    FOUND["triggers"] = [migrated([number]) for number in ("0007", "0004", "0001")] + [migrated([])]
print(json.dumps(FOUND))
"""


def found(url: str, folder: Path) -> dict[str, Any]:
    """What the script tells, in a process whose own database cannot be opened."""
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    absent = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/absent/none.sqlite3"}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", f"URL = {url!r}\n{THERE_AND_BACK}"]
    ran = subprocess.run(command, cwd=ROOT, env=inherited | absent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def check_there_and_back(url: str, folder: Path) -> None:
    """A second database, empty so far, while the first cannot be opened."""
    told = found(url, folder)
    assert told["groups"].keys() == {"Administrators", "Exporters", "Reviewers"}
    assert all(told["groups"].values())
    assert told["triggers"] == [0, 0, 0, 7]


@pytest.mark.sqlite  # on PostgreSQL: `faults/test_postgresql.py`
def test_a_second_database_goes_there_and_back_while_there_is_no_first(tmp_path: Path) -> None:
    check_there_and_back(f"sqlite:///{tmp_path}/second.sqlite3", tmp_path)
