"""The figures at size: a made-up site (or one that is there already, named by BENCH_SEEDED) and what is asked of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from tests.bench.figures import Figure
from tests.bench.processes import ROOT

CONVERSATIONS, MESSAGES = 100_000, 30
FIRST_PAGE = 150  # ms


def seeded_figures() -> list[Figure]:
    """Seed where nothing is there yet, and measure the list of conversations."""
    ready = os.environ.get("BENCH_SEEDED", "")
    folder = ready or tempfile.mkdtemp(prefix="bench-seeded-")
    chosen = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": ""}
    environment = {**os.environ, **chosen}
    try:
        figures = [] if ready else [_seed(environment)]
        listing = [sys.executable, "-m", "tests.bench.listing"]
        done = subprocess.run(listing, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
        title = f"{CONVERSATIONS:,} conversations, staff's list"
        return figures + [Figure(f"{title}: {what}", took, "ms", FIRST_PAGE) for what, took in json.loads(done.stdout)]
    finally:
        if not ready:
            shutil.rmtree(folder, ignore_errors=True)


def _seed(environment: dict[str, str]) -> Figure:
    size = ["--conversations", str(CONVERSATIONS), "--messages", str(MESSAGES)]
    begin = time.monotonic()
    for command in (["migrate", "-v", "0"], ["seed", *size]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    return Figure(f"seeding {CONVERSATIONS:,} conversations of {MESSAGES} messages", time.monotonic() - begin, "s")
