"""Who is who on a page that shows a conversation. A blind project has another one of these, with pseudonyms.

Whatever prints a person, a model or words of the conversation asks here, and prints it no other way.
"""

from __future__ import annotations

from typing import Protocol

from django.utils.safestring import SafeString, mark_safe

from conversations.models import Conversation, Message


class People(Protocol):
    """What is called how. All answers but `html` are plain text, to be escaped like any other."""

    @property
    def is_blind(self) -> bool:
        """Whether names are withheld: then servers, figures, provenance and raw errors are left out too."""

    def owner(self, conversation: Conversation) -> str:
        """Whose conversation it is."""

    def sender(self, message: Message) -> str:
        """Who wrote a message of role `user`; empty when the account is gone."""

    def model(self, name: str) -> str:
        """What the model `name` is called; empty for an empty name."""

    def title(self, conversation: Conversation) -> str:
        """What the conversation is called."""

    def text(self, text: str) -> str:
        """Words of the conversation: what was said, thought, attached, given to a tool."""

    def html(self, message: Message) -> SafeString:
        """A reply as safe HTML, rendered by us."""


class Named:
    """Everybody by their own name."""

    is_blind = False

    def owner(self, conversation: Conversation) -> str:
        """The account's name."""
        return conversation.owner.get_username()

    def sender(self, message: Message) -> str:
        """The account's name; empty when it is gone."""
        return message.sender.get_username() if message.sender else ""

    def model(self, name: str) -> str:
        """As its server calls it."""
        return name

    def title(self, conversation: Conversation) -> str:
        """As it is."""
        return str(conversation)

    def text(self, text: str) -> str:
        """As it is."""
        return text

    def html(self, message: Message) -> SafeString:
        """As its owner sees it."""
        return mark_safe(message.rendered())  # noqa: S308
