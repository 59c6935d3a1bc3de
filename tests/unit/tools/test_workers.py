"""What keeps several processes running, with processes that only wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.sites import PATIENCE, ROOT

PROGRAM = """
import socket, sys
from chatsite.serving import workers
workers.SHORTEST_LIFE = 0
# One write a line: without a buffer, `print` would mix those of two.
waiting = [sys.executable, "-c", "import os, sys; os.write(1, f'{os.getpid():9}{chr(10)}'.encode()); sys.stdin.read()"]
with socket.create_server(("127.0.0.1", 0)) as listener:
    print("ended", workers.Workers(waiting, listener, 2).run(), flush=True)
"""


def test_a_worker_that_dies_is_replaced_until_all_are_told_to_end() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        first, second = int(program.stdout.readline()), int(program.stdout.readline())
        os.kill(first, signal.SIGKILL)
        third = int(program.stdout.readline())
        assert len({first, second, third}) == 3
        program.send_signal(signal.SIGTERM)
        assert program.stdout.readline() == "ended True\n"
        assert program.wait(PATIENCE) == 0
