"""Where a test of the browser hangs: its own stack sleeps in a greenlet of Playwright's, which faulthandler misses."""

from __future__ import annotations

import gc
import sys
import threading
import traceback

import greenlet  # type: ignore[import-untyped]
import pytest

PATIENCE = 110.0
"""Seconds; just before pytest's own dump."""


def tell_when_hanging(config: pytest.Config) -> threading.Timer:
    """Print all sleeping stacks unless the timer is cancelled before."""
    timer = threading.Timer(PATIENCE, _tell, [config])
    timer.daemon = True
    timer.start()
    return timer


def _tell(config: pytest.Config) -> None:
    sleeping = [each for each in gc.get_objects() if isinstance(each, greenlet.greenlet) and each.gr_frame is not None]
    stacks = ["".join(traceback.format_stack(each.gr_frame)) for each in sleeping]
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\nThese sleep:", *stacks, sep="\n", file=sys.stderr, flush=True)
