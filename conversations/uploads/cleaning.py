"""Takes away what nobody needs: uploads that were never sent, and bytes without a row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import Attachment
from conversations.tasks import write
from conversations.uploads import storage

EVERY = 3600.0  # seconds
_GRACE = 3600.0  # seconds: bytes are written before their row
_BATCH = 500


async def keep_purging() -> None:
    """Purge now, and every hour."""
    while True:
        await write(purge)
        await asyncio.sleep(EVERY)


def purge() -> None:
    """Delete unsent uploads older than `settings.UPLOAD_LIFE` seconds, and files that no row names any more."""
    Attachment.objects.filter(
        message=None, created_at__lt=timezone.now() - timedelta(seconds=settings.UPLOAD_LIFE)
    ).delete()
    for name in _orphans(time.time() - _GRACE):
        storage.forget(name)


def deleted(instance: Attachment, **rest: Any) -> None:
    """A row went (`post_delete`): its bytes go with the last row that names them."""
    if instance.stored_name:
        transaction.on_commit(partial(_let_go, instance.stored_name))


def _let_go(name: str) -> None:
    if not Attachment.objects.filter(stored_name=name).exists():
        storage.forget(name)


def _orphans(before: float) -> Iterator[str]:
    found = storage.kept_before(before)
    while names := list(islice(found, _BATCH)):
        known = set(Attachment.objects.filter(stored_name__in=names).values_list("stored_name", flat=True))
        yield from (name for name in names if name not in known)
