"""Whether this machine's clock agrees with those of the others: leases, sessions and second factors go by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from conversations.management.doctor.findings import Finding, fault, well

MOST_SECONDS = 3.0
"""An HTTP date knows whole seconds only."""


def judged(whose: str, seconds: float) -> Finding:
    """By how many seconds the clock of `whose` is ahead of this machine's."""
    if abs(seconds) > MOST_SECONDS:
        side = "ahead" if seconds > 0 else "behind"
        says = f"The clock of {whose} is {abs(seconds):.0f} s {side} of this machine's."
        return fault("clock", says, "Set both by NTP (timedatectl set-ntp true).")
    return well("clock", f"The clock of {whose} agrees with this machine's.")


def of_the_answer(answer: httpx.Response) -> Iterator[Finding]:
    """By the `Date` of an HTTP answer, where a proxy has given it one."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return
    yield judged("the proxy", theirs - time.time())
