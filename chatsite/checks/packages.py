"""Installs programs that the tests need with Debian's own tool, where this process may: on Debian, as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache


class Missing(Exception):
    """A program that the tests need is not there. The text says which, and how a person gets it."""


def install(*names: str) -> None:
    """Install Debian packages without starting any service. Raises Missing with the last line of the cause."""
    wanted = " ".join(names)
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"{wanted}: not found, and only root on Debian may install it from here")
    _update()
    # Runlevel 1 is how Debian's packages are told to leave their services alone.
    _apt("install", "--yes", "--quiet", "--no-install-recommends", *names)


@cache
def _update() -> None:
    _apt("update", "--quiet")


def _apt(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    ran = subprocess.run(
        ["apt-get", *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if ran.returncode:
        last = (ran.stderr or ran.stdout).strip().splitlines()[-1:]
        raise Missing(f"apt-get {' '.join(arguments)} failed: {' '.join(last)}")
