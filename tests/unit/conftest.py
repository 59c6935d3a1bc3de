"""What holds for each test on its own: nobody has asked too fast yet."""

from __future__ import annotations

import pytest

from conversations.api.limits import throttle


@pytest.fixture(autouse=True)
def _patience() -> None:
    throttle.forget()  # it counts by the number of the person, and a test's numbers come again in the next
