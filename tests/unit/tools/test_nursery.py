"""What a nursery bears is what a new interpreter would be: to itself, and to whoever began it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.nursery.process import ROOT, Process, can_bear

ABOUT_ITSELF = """
import gc, json, os, random, signal, sys, threading
from django.conf import settings
print(json.dumps({
    "about": [
        os.getcwd(), sys.argv, sys.path, sys.executable, sorted(sys.warnoptions), str(sys.flags),
        [os.environ.get(name) for name in ("SEEN", "PYTEST_CURRENT_TEST", "DATA_DIR")], sorted(os.environ),
        str(settings.DATA_DIR),
        [(one.encoding, one.errors, one.line_buffering) for one in (sys.stdin, sys.stdout, sys.stderr)],
        [(one.write_through, one.seekable(), str(one), str(one.buffer)) for one in (sys.stdin, sys.stdout, sys.stderr)],
        [str(signal.getsignal(number)) for number in range(1, 32)], [str(one) for one in signal.pthread_sigmask(0, [])],
        [os.fstat(place).st_mode for place in (0, 1, 2)], threading.active_count(), len(os.listdir("/proc/self/task")),
        os.getpgid(0), os.getsid(0), os.getppid(), gc.isenabled(), gc.get_threshold(), os.nice(0),
        sys.getswitchinterval(),
    ],
    "files": len(os.listdir("/proc/self/fd")), "number": os.getpid(), "chance": random.random(),
    "was there before": "tests.nursery" in sys.modules,
}))
raise SystemExit(7)
"""


def about(kind: type[subprocess.Popen[str]], folder: Path) -> dict[str, Any]:
    """What such a process says of itself and, as `status`, what is seen from here."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment |= {"SEEN": "yes", "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    environment["PYTHONUNBUFFERED"] = "1"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ABOUT_ITSELF]
    assert can_bear(command, ROOT, environment)
    with kind(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        output, errors = process.communicate(timeout=120)
    assert output, (process.returncode, errors)
    return {**json.loads(output), "errors": errors, "status": process.returncode, "is it": process.pid}


def test_it_finds_what_a_new_interpreter_finds(tmp_path: Path) -> None:
    new = about(subprocess.Popen[str], tmp_path)
    born = [about(Process, tmp_path) for _ in range(2)]
    for one in born:
        assert one["about"] == new["about"]
        assert (one["files"], one["errors"], one["status"]) == (new["files"], new["errors"], 7)
        assert one["number"] == one["is it"]
        assert one["was there before"]
    assert born[0]["chance"] != born[1]["chance"]


def test_it_is_signalled_and_waited_for(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    waits = [sys.executable, "manage.py", "shell", "--no-imports", "-c", "print('there')\nwhile True: input()"]
    with Process(waits, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "there\n"
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL


def test_it_has_a_terminal_and_a_session_of_its_own(tmp_path: Path) -> None:
    hands, eyes = pty.openpty()
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    # A run in the background ignores the signal, and so does what it begins.
    code = "import os, signal; signal.signal(signal.SIGINT, signal.SIG_DFL); print(os.getsid(0)); input()"
    waits = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    process = Process(
        waits, cwd=ROOT, env=environment, stdin=eyes, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == f"{process.pid}\n"
        os.write(hands, b"\x03")  # Ctrl-C, which only the processes of the terminal hear
        assert process.wait(60) == -signal.SIGINT
    finally:
        process.kill()
        process.communicate()
        os.close(hands)
        os.close(eyes)


@pytest.mark.parametrize("name", ["PYTHONHASHSEED", "LC_ALL", "LD_PRELOAD"])
def test_what_an_interpreter_reads_at_its_beginning_takes_a_new_one(name: str) -> None:
    command = [sys.executable, "manage.py", "up"]
    alike = {**os.environ, "PYTHONUNBUFFERED": "1"}
    assert can_bear(command, ROOT, alike)
    assert not can_bear(command, ROOT, {**alike, name: "C"})
    assert not can_bear(command, ROOT, {key: alike[key] for key in alike if key != "PYTHONUNBUFFERED"})
    assert not can_bear([sys.executable, "-c", ""], ROOT, alike)
