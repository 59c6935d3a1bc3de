"""One line on the terminal for one step of work: its name while it runs, its seconds when it is done."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 34


class Line:
    """What the line of a running step ends with, and how long that took where it is not how long it was shown."""

    ending = ""
    seconds: float | None = None


@contextmanager
def step(name: str) -> Iterator[Line]:
    """Show the step that the `with` block is. On a terminal the seconds count; a step that raises says so."""
    began = time.monotonic()
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(name, began, done), daemon=True)
    print(_start(name), end="", flush=True)
    if sys.stdout.isatty():
        ticker.start()
    line = Line()
    try:
        yield line
    except BaseException:
        line.ending = "failed"
        raise
    finally:
        done.set()
        if ticker.ident:
            ticker.join()
            print("\r" + _start(name), end="")
        seconds = time.monotonic() - began if line.seconds is None else line.seconds
        print(f"{seconds:7.1f} s  {line.ending}".rstrip(), flush=True)


def _tick(name: str, began: float, done: threading.Event) -> None:
    while not done.wait(0.5):
        print(f"\r{_start(name)}{time.monotonic() - began:7.0f} s", end="", flush=True)


def _start(name: str) -> str:
    return f"  {name.ljust(WIDTH)}"
