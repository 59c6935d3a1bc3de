"""What people said of replies, and what reviewers did: ratings, labels, and two projects, one of them blind."""

from __future__ import annotations

from datetime import datetime
from random import Random
from uuid import UUID

from conversations.management.seeding.rows import Rows
from conversations.models import Case, Label, LabelUse, Project, Rating, RatingReason, Status, User

LABELS = (
    ("wrong facts", "red"), ("helpful", "teal"), ("unclear", "amber"), ("private data", "violet"),
    ("off topic", "grey"), ("good example", "blue"),
)  # fmt: skip
RATED, LABELLED, IN_PROJECT = 0.25, 0.04, 0.02
_REASONS = (RatingReason.NONE, RatingReason.CORRECT, RatingReason.STYLE, RatingReason.IGNORED)


class Reviews:
    """Writes what belongs to a conversation that was just written."""

    def __init__(self, random: Random, reviewers: list[User], until: datetime) -> None:
        self._random, self._until = random, until
        self._reviewers = [user.pk for user in reviewers]
        self._labels = [
            Label.objects.get_or_create(name=name, defaults={"colour": colour})[0].pk for name, colour in LABELS
        ]
        self._projects = []
        for name, is_blind in (("Quality", False), ("Blind comparison", True)):
            project, _is_new = Project.objects.get_or_create(name=name, defaults={"is_blind": is_blind})
            project.members.add(*reviewers[1:] if is_blind else reviewers)
            self._projects.append(project.pk)
        self.ratings = Rows(
            Rating, "id", "conversation", "message", "user", "value", "reason", "created_at", "updated_at"
        )
        self.labels = Rows(LabelUse, "id", "label", "conversation", "message", "author", "created_at")
        self.cases = Rows(Case, "id", "project", "conversation", "status", "assignee", "created_at", "updated_at")

    @property
    def all(self) -> tuple[Rows, ...]:
        """The tables."""
        return self.ratings, self.labels, self.cases

    def write(self, conversation: UUID, owner: int, replies: list[int]) -> None:
        """Now and then something."""
        random, now = self._random, self._until
        if random.random() < RATED:
            for reply in random.sample(replies, min(2, len(replies))):
                value = random.choice((1, 1, -1))
                reason = random.choice(_REASONS).value
                self.ratings.add(self.ratings.take_pk(), conversation, reply, owner, value, reason, now, now)
        if random.random() < LABELLED:
            label, message = random.choice(self._labels), random.choice((None, random.choice(replies)))
            self.labels.add(self.labels.take_pk(), label, conversation, message, random.choice(self._reviewers), now)
        if random.random() < IN_PROJECT:
            project, status = random.choice(self._projects), random.choice(list(Status)).value
            assignee = None if status == Status.NEW else random.choice(self._reviewers)
            self.cases.add(self.cases.take_pk(), project, conversation, status, assignee, now, now)
