"""A small cast: whose conversations these are, and who must not see them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from conversations.models import Conversation, Message, Role, State, User


def person(name: str) -> User:
    """Somebody who may chat."""
    return User.objects.create_user(name, password="a long enough one")


def conversation_of(owner: User, title: str = "Pumps", days_ago: float = 0, **values: object) -> Conversation:
    """A conversation without messages."""
    active = timezone.now() - timedelta(days=days_ago)
    return Conversation.objects.create(owner=owner, title=title, updated_at=active, **values)


def say(conversation: Conversation, text: str, above: Message | None = None) -> Message:
    """What the owner said; it becomes the end of the path."""
    message = Message.objects.create(
        conversation=conversation, parent=above, role=Role.USER, content=text, sender=conversation.owner
    )
    conversation.choose(message.pk)
    return message


def answer(
    conversation: Conversation, text: str, above: Message, state: str = State.COMPLETE, **values: object
) -> Message:
    """A reply; it becomes the end of the path."""
    values = {"model_name": "llama3.2", "backend_name": "ollama", **values}
    message = Message.objects.create(
        conversation=conversation, parent=above, role=Role.ASSISTANT, content=text, state=state, **values
    )
    conversation.choose(message.pk)
    return message


def talk(conversation: Conversation, turns: int) -> list[Message]:
    """Questions and answers, `turns` messages in all."""
    messages: list[Message] = []
    for number in range(turns):
        above = messages[-1] if messages else None
        if above is None or above.role == Role.ASSISTANT:
            messages.append(say(conversation, f"Question {number}", above))
        else:
            messages.append(answer(conversation, f"Answer **{number}**", above))
    return messages
