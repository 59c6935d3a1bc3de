"""Thumbs on replies: given by who asked, changed or taken back by them, read by staff."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from conversations.models import Message, Rating, RatingReason, Role, User
from conversations.models.review.rating import COMMENT_LIMIT
from conversations.text import clean_text

VALUES = {"up": 1, "down": -1}


class RatingRefused(ValueError):
    """A rating that cannot be kept; `code` is `not_a_reply`, `reason` or `comment_too_long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def rate(user: User, message: Message, value: int, reason: str = "", comment: str = "") -> Rating:
    """Keep what `user` thinks of a finished reply, in place of what they thought before. Raises RatingRefused."""
    if message.role != Role.ASSISTANT or message.is_running:
        raise RatingRefused("not_a_reply")
    if reason not in RatingReason.values:
        raise RatingRefused("reason")
    comment = clean_text(comment).strip()
    if len(comment) > COMMENT_LIMIT:
        raise RatingRefused("comment_too_long")
    now = timezone.now()
    values = {"value": value, "reason": reason, "comment": comment, "updated_at": now}
    kept, _is_new = Rating.objects.update_or_create(
        message=message,
        user=user,
        defaults=values,
        create_defaults={**values, "conversation_id": message.conversation_id, "created_at": now},
    )
    return kept


def take_back(user: User, message: Message) -> None:
    """Forget what `user` thought of it."""
    Rating.objects.filter(message=message, user=user).delete()


def rating_of(user: User, message: Message) -> Rating | None:
    """What `user` thinks of it."""
    return Rating.objects.filter(message=message, user=user).first()


def thumbs_of(user_pk: int, messages: Iterable[Message]) -> dict[int, str]:
    """`up` or `down` by the number of the message, for those that the user rated."""
    replies = [message.pk for message in messages if message.role == Role.ASSISTANT]
    if not replies:
        return {}
    words = {value: word for word, value in VALUES.items()}
    found = Rating.objects.filter(message__in=replies, user=user_pk).values_list("message_id", "value")
    return {message: words[value] for message, value in found}
