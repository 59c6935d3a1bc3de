"""Who is who on a page that shows a conversation. A blind project has another one of these, with pseudonyms.

Whatever prints a person, a model or a server asks here, and prints it no other way.
"""

from __future__ import annotations

from typing import Protocol

from conversations.models import Conversation, Message


class People(Protocol):
    """What is called how. All answers are plain text, to be escaped like any other."""

    @property
    def is_blind(self) -> bool:
        """Whether names are withheld: then what could tell them (servers, provenance, raw errors) is left out too."""

    def owner(self, conversation: Conversation) -> str:
        """Whose conversation it is."""

    def sender(self, message: Message) -> str:
        """Who wrote a message of role `user`."""

    def model(self, name: str) -> str:
        """What the model `name` is called; empty for an empty name."""


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
