"""The log of changes: what was created, edited or deleted, in an order that holds under concurrent writes.

Triggers of the database write it (migration 0004), so that nothing escapes: no cascade, no statement of our own. A row
only names what changed; how it is now is read when the row is handed out.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection, models
from django.db.models import Exists, OuterRef, Q

HEAD = 0
"""In place of a message's number: the conversation itself, its title, owner, leaf and settings."""


class Place(NamedTuple):
    """A place in the order. SQLite has one writer, so there `transaction` is 0 and numbers are the order."""

    transaction: int
    number: int


BEGINNING = Place(0, 0)


class ChangeQuerySet(models.QuerySet["Change"]):
    def behind(self, place: Place) -> ChangeQuerySet:
        """Those after `place`, in order."""
        if connection.vendor == "sqlite":  # the equation lets it use both indexes
            return self.filter(transaction=0, number__gt=place.number).order_by("number")
        rest = Q(number__gt=place.number, transaction=place.transaction) | Q(transaction__gt=place.transaction)
        return self.filter(rest, transaction__gte=place.transaction).order_by("transaction", "number")

    def settled(self) -> ChangeQuerySet:
        """Those before which nothing can appear any more.

        PostgreSQL's numbers are given before a commit: a row is settled when every transaction that began to write no
        later than its own has ended.
        """
        return self.filter(transaction__lt=_oldest_running()) if connection.vendor == "postgresql" else self

    def superseded(self) -> ChangeQuerySet:
        """Those whose subject has changed again since; both must be visible, whatever is settled."""
        later = Q(transaction__gt=OuterRef("transaction")) | Q(
            transaction=OuterRef("transaction"), number__gt=OuterRef("number")
        )
        same = Change.objects.filter(later, conversation=OuterRef("conversation"), message=OuterRef("message"))
        return self.filter(Exists(same))

    def compact(self, most: int) -> int:
        """Delete up to `most` of the superseded: nobody is told by them any more. How many were deleted."""
        return self.filter(pk__in=list(self.superseded().values_list("pk", flat=True)[:most])).delete()[0]


class Change(models.Model):
    """Something happened to message `message` of a conversation, or to the conversation itself (`HEAD`).

    No foreign keys: a row outlives what it names. `owner` is who had the conversation then.
    """

    number = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField(default=0)
    owner = models.BigIntegerField(null=True)
    conversation = models.UUIDField()
    message = models.BigIntegerField(default=HEAD)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("transaction", "number")
        indexes = (
            models.Index(fields=("owner", "transaction", "number"), name="change_of_owner"),
            models.Index(fields=("conversation", "message"), name="change_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.conversation} {self.message}"

    @property
    def place(self) -> Place:
        """Where it is in the order."""
        return Place(self.transaction, self.number)

    @property
    def subject(self) -> tuple[object, int]:
        """What it is about."""
        return self.conversation, self.message


def _oldest_running() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])
