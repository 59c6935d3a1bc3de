"""Finds the Chromium that the browser tests run in, or installs one: they are never skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from chatsite.bootstrap import node
from chatsite.checks import packages
from chatsite.checks.packages import Missing

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """The program: `TEST_BROWSER`, else one of this machine."""
    named = os.environ.get("TEST_BROWSER") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    return named or next((path for path in MAC if Path(path).exists()), None)


def find_or_install() -> str:
    """The program; Debian's package or Playwright's own download when this machine has none. Raises Missing."""
    found = find()
    if found:
        return found
    try:
        packages.install("chromium", "fonts-liberation")
    except Missing as missing:
        return _download(missing)
    return find() or _download(Missing("chromium: installed, but not on the PATH"))


def _download(before: Missing) -> str:
    environment = {**os.environ, "PLAYWRIGHT_NODEJS_PATH": str(node() / "bin" / "node")}
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    ran = subprocess.run(install, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ran.returncode:
        last = (ran.stderr or ran.stdout).strip().splitlines()[-1:]
        raise Missing(f"{before}; nor could Playwright download one: {' '.join(last)}. Set TEST_BROWSER to a Chromium.")
    asked = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True)
    return asked.stdout.strip()
