"""A message on the reading page: what it says of itself, in words that the page's people let through, and its marks."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from conversations.admin.reading import words
from conversations.generation.tooling.words import gist_of, written
from conversations.models import Attachment, Conversation, Label, Message, Note, Rating, Role
from conversations.review import labels
from conversations.review.people import People


@dataclass(slots=True)
class Turn:
    """A message at its `place` (from 1) on the path and among its `siblings`, in words that `people` lets through."""

    message: Message
    place: int
    siblings: list[int]
    people: People
    is_deleted: bool
    labels: list[Label] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ratings: list[tuple[Rating, str]] = field(default_factory=list)

    @property
    def version(self) -> int:
        """Which of its siblings it is, from 1."""
        return self.siblings.index(self.message.pk) + 1

    @property
    def before(self) -> int | None:
        """The sibling before it."""
        return self.siblings[self.version - 2] if self.version > 1 else None

    @property
    def after(self) -> int | None:
        """The sibling after it."""
        return self.siblings[self.version] if self.version < len(self.siblings) else None

    @property
    def speaker(self) -> str:
        """Who said it."""
        return words.speaker_of(self.message, self.message.conversation, self.people)

    @property
    def html(self) -> SafeString | None:
        """A finished reply, rendered by us with no HTML of the model's in it; None for what is shown as written."""
        is_rendered = self.message.role == Role.ASSISTANT and not self.message.is_running
        return self.people.html(self.message) if is_rendered else None

    @property
    def text(self) -> str:
        """What was said, as it was written."""
        return self.people.text(self.message.content)

    @property
    def thinking(self) -> str:
        """What was thought, as it was written."""
        return self.people.text(self.message.thinking)

    @property
    def arguments(self) -> str:
        """What a tool was given."""
        return self.people.text(written(self.message.provenance.get("arguments")))

    @property
    def gist(self) -> str:
        """The same in a line."""
        return self.people.text(gist_of(self.message.provenance.get("arguments")))

    @property
    def files(self) -> list[tuple[Attachment, str]]:
        """What was attached, each with its name."""
        if not self.message.attached:
            return []
        return [(file, self.people.text(file.name)) for file in self.message.attachments.all()]

    @property
    def metrics(self) -> str:
        """Its figures in a line; a model may be told by its speed."""
        return "" if self.people.is_blind else words.metrics_line(self.message.metrics or {})

    @property
    def thinking_label(self) -> str:
        """How long it thought."""
        return words.thinking_label({} if self.people.is_blind else self.message.metrics or {})

    @property
    def ending(self) -> str:
        """Why it does not end by itself."""
        return words.ending_of(self.message)


def turn_of(conversation: Conversation, people: People, message: Message) -> Turn:
    """A message by itself, for the marks below it."""
    message.conversation = conversation
    return Turn(message, 0, [message.pk], people, is_deleted=message.trashed_at is not None)


def mark(turns: list[Turn], notes: list[Note]) -> None:
    """Give each turn its labels, its ratings, and its notes among `notes`."""
    by_number = {turn.message.pk: turn for turn in turns}
    for number, found in labels.on_messages(by_number).items():
        by_number[number].labels = found
    for rating in Rating.objects.filter(message__in=list(by_number)).order_by("pk"):
        turn = by_number[rating.message_id]
        turn.ratings.append((rating, turn.people.text(rating.comment)))
    for note in notes:
        if note.message_id in by_number:
            by_number[note.message_id].notes.append(note)
