"""How the application is loaded."""

from __future__ import annotations

import gc
import sys

import chatsite.asgi


def test_nobody_waits_while_what_was_loaded_at_the_start_is_searched_for_garbage() -> None:
    assert callable(chatsite.asgi.application)
    assert "conversations.views.chat" in sys.modules
    assert gc.get_freeze_count() > 50_000
