"""Where a soak ran: the machine, and the state of the program."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.sites import ROOT


@dataclass(frozen=True, slots=True)
class Place:
    """`commit` tells whether there was more than it in the folder; `machine` lists its parts."""

    commit: str
    machine: str

    @classmethod
    def here(cls) -> Place:
        """This machine and this folder."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        cores, python = f"{os.cpu_count()} cores", f"Python {platform.python_version()}"
        return cls(_commit(), ", ".join((cores, *_processor(), f"{memory:.0f} GB", platform.system(), python)))


def _processor() -> list[str]:
    file = Path("/proc/cpuinfo")
    return re.findall(r"^model name\s*: (.+)$", file.read_text(), re.MULTILINE)[:1] if file.exists() else []


def _commit() -> str:
    """Of a checkout without git's folder nobody knows."""
    head, changed = _git("rev-parse", "--short=12", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return f"commit {head}{' with changes' if changed else ''}" if head else "an unknown commit"


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
