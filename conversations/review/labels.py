"""Labels on conversations and on single messages: put on, taken off, made. Whether somebody may is the door's."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from conversations.models import Conversation, Label, LabelUse, Message, User
from conversations.review.watching import conversation_changed
from conversations.text import clean_line, clean_text

NAME_LIMIT = 40  # characters
MOST = 200  # labels that are offered


class LabelRefused(ValueError):
    """A label that cannot be given; `code` is `label_empty`, `label_too_long` or `label_unknown`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def offered() -> list[Label]:
    """The labels there are, in the order of their names."""
    return list(Label.objects.all()[:MOST])


def find(name: str, *, may_create: bool) -> Label:
    """The label of that name, whatever its case; a new one for who may make them. Raises LabelRefused.

    For who may not, the beginning of a name will do where it is that of one label alone.
    """
    cleaned = " ".join(clean_text(name).split())
    if not cleaned:
        raise LabelRefused("label_empty")
    if len(cleaned) > NAME_LIMIT:
        raise LabelRefused("label_too_long")
    found = Label.objects.filter(name__iexact=cleaned).first()
    if found is None and not may_create:
        begun = Label.objects.filter(name__istartswith=cleaned)[:2]
        if len(begun) != 1:
            raise LabelRefused("label_unknown")
        return begun[0]
    return found or Label.objects.get_or_create(name=clean_line(cleaned, NAME_LIMIT))[0]


def put(author: User, label: Label, conversation: Conversation, message: Message | None = None) -> bool:
    """Put it on the conversation, or on a message of it; False when it is on already."""
    try:
        with transaction.atomic():
            _use, is_new = LabelUse.objects.get_or_create(
                label=label, conversation=conversation, message=message, defaults={"author": author}
            )
            if is_new:
                conversation_changed(conversation)
    except IntegrityError:  # somebody else was as quick
        return False
    return is_new


def take_off(label: Label, conversation: Conversation, message: Message | None = None) -> bool:
    """Take it off; False when it was not on."""
    uses = LabelUse.objects.filter(label=label, conversation=conversation, message=message)
    is_gone = bool(uses.delete()[0])
    if is_gone:
        conversation_changed(conversation)
    return is_gone


def on(conversation: Conversation) -> list[Label]:
    """What is on the conversation as a whole."""
    return list(Label.objects.filter(uses__conversation=conversation, uses__message=None))


def on_messages(numbers: Iterable[int]) -> dict[int, list[Label]]:
    """What is on each of the messages of these numbers."""
    found: dict[int, list[Label]] = {}
    for use in LabelUse.objects.filter(message__in=list(numbers)).select_related("label").order_by("label__name"):
        found.setdefault(use.message_id or 0, []).append(use.label)
    return found
