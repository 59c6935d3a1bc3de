"""A place in a list that is ordered by time, newest first, as an opaque word.

It names the last entry that was seen, not a number of entries: what is written meanwhile moves nothing.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from conversations.api.problems import Unacceptable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind the conversation `id` of this last activity."""

    updated_at: datetime
    id: UUID

    def encode(self) -> str:
        """The word: 24 bytes of time and number."""
        moment = (self.updated_at - _EPOCH) // _MICROSECOND
        return urlsafe_b64encode(moment.to_bytes(8, "big", signed=True) + self.id.bytes).decode()

    @classmethod
    def decode(cls, word: str) -> Cursor:
        """The opposite of `encode`. Raises Unacceptable for anything else."""
        try:
            raw = urlsafe_b64decode(word.encode("ascii"))
            if len(raw) != 24:
                raise ValueError
            moment = _EPOCH + int.from_bytes(raw[:8], "big", signed=True) * _MICROSECOND
        except (ValueError, OverflowError, binascii.Error):
            raise Unacceptable("cursor", "not a cursor of this list") from None
        return cls(moment, UUID(bytes=raw[8:]))

    @property
    def rest(self) -> Q:
        """What comes behind."""
        return Q(updated_at__lt=self.updated_at) | Q(updated_at=self.updated_at, id__lt=self.id)
