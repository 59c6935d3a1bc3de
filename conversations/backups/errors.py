"""Why a backup, a restore or a move was not done: each text names the cause and the way on."""

from __future__ import annotations


class Refused(ValueError):
    """Nothing was begun: something stands in the way that a person has to decide about."""


class Damaged(ValueError):
    """A backup is not what was written."""


class Differs(ValueError):
    """What was stored is not what was read; the copy was taken back."""
