"""A process that serves gives memory back: counted in glibc's own account of its heaps and of its mapped blocks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from chatsite.serving.allocation import ARENAS, LARGE
from tests.sites import ROOT

PROBE = """
import ctypes, json, re, sys, threading
import chatsite.asgi

libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p

def account():
    file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    text = open(sys.argv[1]).read()
    return text.count("<heap nr="), int(re.findall(r'<total type="mmap" count="(\\d+)"', text)[-1])

bytearray(16 * LARGE)  # as a password's hash: freed at once, and by default the measure from then on
before = account()
kept = [bytearray(8 * LARGE)]
together = threading.Barrier(8)

def work():
    together.wait()
    kept.append(bytearray(4096))
    together.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
after = account()
print(json.dumps([after[0], after[1] - before[1]]))
"""


def test_threads_share_a_heap_and_large_blocks_go_back(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE.replace("LARGE", str(LARGE)), str(tmp_path / "account")],
        cwd=ROOT, env={**inherited, "DATA_DIR": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    heaps, mapped = json.loads(done.stdout)
    assert heaps <= ARENAS
    assert mapped == 1, "a block of 8 MB came from a heap"
