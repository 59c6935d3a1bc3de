"""What holds for each test on its own: nobody has asked too fast yet."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from conversations.api.limits import throttle
from conversations.generation.fairness.quotas import known
from conversations.models import SiteSettings


@pytest.fixture(autouse=True)
def _patience() -> None:
    """By person for programs, whose numbers come again in the next test, and by address at the doors of accounts."""
    throttle.forget()
    known.forget()
    SiteSettings.forget()
    cache.clear()
