"""The keys to redacted exports: kept apart, fetched by who made them, on the record where others are named.

A key to other people's conversations says who is behind the placeholders, as lifting a pseudonym does: it takes the
same right, and their owners are told in the same way.
"""

from __future__ import annotations

import os
import secrets
import uuid
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.utils import timezone

from conversations.exports.background.ledger import folder
from conversations.exports.packages import Writing
from conversations.exports.rights import ExportRefused, Reader
from conversations.models import AccessKind, AccessRecord, RedactionKey, SiteSettings, User

UNBLIND = "conversations.unblind_project"
_BATCH = 500


def keep(writing: Writing) -> None:
    """Write the key to what was written, for who asked for it; nothing where there are no placeholders.

    Raises OSError.
    """
    reader = writing.reader
    if writing.redactor is None or not isinstance(reader, Reader):
        return
    key = RedactionKey(
        pk=writing.number,
        user=reader.user,
        is_of_others=reader.is_for_all,
        sitting=reader.sitting,
        expires_at=timezone.now() + timedelta(seconds=settings.EXPORT_LIFE),
    )
    part = folder() / f"{key.pk}.{secrets.token_hex(4)}.part"
    key.save()
    with open(part, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.writelines(writing.redactor.placeholders.key())
    part.replace(key.path)


def opened(user: User, pk: uuid.UUID) -> IO[bytes] | None:
    """The key of that number, to be read; None when `user` has none. Raises ExportRefused.

    Whose conversations it is to are told that somebody has it.
    """
    key = RedactionKey.objects.of(user).filter(pk=pk).first()
    if key is None:
        return None
    if key.is_of_others:
        check(user)
    try:
        file = key.path.open("rb")
    except FileNotFoundError:
        return None
    if key.is_of_others:
        _record(key)
    return file


def check(user: User) -> None:
    """Whether `user` may have keys to other people's conversations now. Raises ExportRefused."""
    if not user.has_perm(UNBLIND):
        raise ExportRefused("key_not_allowed")
    if not SiteSettings.load().reading_enabled:
        raise ExportRefused("switched_off")


def forget(user: User, pk: uuid.UUID) -> bool:
    """Delete one's own; whether there was one."""
    key = RedactionKey.objects.of(user).filter(pk=pk).first()
    if key is None:
        return False
    file = key.path
    key.delete()
    file.unlink(missing_ok=True)
    return True


def _record(key: RedactionKey) -> None:
    """What the sitting of the export has exported, it has a key to as well."""
    exported = AccessRecord.objects.filter(reader=key.user, sitting=key.sitting, kind=AccessKind.EXPORT).order_by("pk")
    last = 0
    while rows := list(exported.filter(pk__gt=last)[:_BATCH]):
        AccessRecord.objects.note_after(AccessKind.UNBLIND, rows)
        last = rows[-1].pk
