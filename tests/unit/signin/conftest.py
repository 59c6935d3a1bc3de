"""What holds for every test of signing in: no code runs out while a test uses it."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal import auth


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth.time, "time", lambda: 1_800_000_000.0)
    monkeypatch.setattr("tests.unit.signin.codes.time.time", lambda: 1_800_000_000.0)
