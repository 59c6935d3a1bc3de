"""`manage.py seed`: fill a new database with a made-up site, to see how everything does at size."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from random import Random
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from conversations.management.seeding.reviews import Reviews
from conversations.management.seeding.talks import Talks
from conversations.models import User
from conversations.models.exports import triggers
from conversations.search import schema

UNTIL = datetime(2026, 11, 1, 12, tzinfo=UTC)  # the same seed gives the same site on every day
REVIEWERS = 3
CONVERSATIONS_OF_A_PERSON = 100
_STEP = 5000


class Command(BaseCommand):
    """Prints how far it is on standard error."""

    help = "Fill a new database with made-up people and conversations; nobody of them can sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much, and which."""
        parser.add_argument("--conversations", type=int, default=1000, metavar="N", help="1,000 if not given")
        parser.add_argument("--messages", type=int, default=30, metavar="M", help="of each, on average; 30")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same number makes the same site")
        parser.add_argument(
            "--add", action="store_true", help="into a database that holds people too; slower, and safe to interrupt"
        )

    def handle(self, *args: Any, conversations: int, messages: int, seed: int, add: bool, **options: Any) -> None:
        """Raises CommandError for a database with people in it, unless told."""
        if conversations < 1 or not 2 <= messages <= 10_000:
            raise CommandError("--conversations is at least 1, --messages from 2 to 10000.")
        if User.objects.exists() and not add:
            raise CommandError(
                "This database holds people. Name an empty one with DATABASE_URL or DATA_DIR, or say --add."
            )
        begin, random = time.monotonic(), Random(seed)
        people = _people(max(3, conversations // CONVERSATIONS_OF_A_PERSON), seed)
        talks = Talks(random, [user.pk for user in people], UNTIL, counts=not add)
        reviews = Reviews(random, people[:REVIEWERS], UNTIL)
        with nullcontext() if add else _in_bulk(talks.messages.next_pk - 1):
            total = self._write(talks, reviews, list(_lengths(random, conversations, messages)))
            self.stderr.write(f"{total:,} messages stored after {time.monotonic() - begin:.0f} s.")
        self.stderr.write(f"Done after {time.monotonic() - begin:.0f} s.")

    def _write(self, talks: Talks, reviews: Reviews, lengths: list[int]) -> int:
        total = 0
        for first in range(0, len(lengths), _STEP):
            with transaction.atomic():
                for index, turns in enumerate(lengths[first : first + _STEP], first):
                    total += talks.write(index / len(lengths), turns)
                    reviews.write(talks.id, talks.owner, talks.replies)
                    if talks.messages.is_full:
                        _store(talks, reviews)
                _store(talks, reviews)
            self.stderr.write(f"{min(first + _STEP, len(lengths)):,} conversations, {total:,} messages")
        for rows in (talks.messages, *reviews.all):
            rows.finish()
        return total


@contextmanager
def _in_bulk(after: int) -> Iterator[None]:
    """Without the triggers. A kill in here leaves them out: only for a database of which nothing is lost."""
    triggers.remove(connection)
    try:
        with schema.paused(connection, after):
            yield
        triggers.log_all(connection)
    finally:
        triggers.install(connection)


def _store(talks: Talks, reviews: Reviews) -> None:
    """What is referred to first: a conversation's messages may be in several chunks, and it comes with the last."""
    for rows in (talks.conversations, talks.messages, *reviews.all):
        rows.store()


def _lengths(random: Random, conversations: int, messages: int) -> Iterator[int]:
    """Turns of each conversation: many short ones, few long ones."""
    # A turn is 2 messages and, with the branches, a little more.
    mean = max(0.0, messages / 2.05 - 1)
    for _ in range(conversations):
        yield 1 + (round(random.expovariate(1 / mean)) if mean else 0)


def _people(number: int, seed: int) -> list[User]:
    """Accounts without a password; the first REVIEWERS are staff and reviewers."""
    known = User.objects.count()
    User.objects.bulk_create(
        User(
            username=f"person{known + index}",
            email=f"person{known + index}@seed{seed}.example",
            password="!",  # noqa: S106  # none that fits
            is_staff=index < REVIEWERS,
        )
        for index in range(number)
    )
    people = list(User.objects.order_by("-pk")[:number])[::-1]
    reviewers = Group.objects.filter(name="Reviewers").first()
    if reviewers is not None:
        reviewers.user_set.add(*people[:REVIEWERS])
    return people
