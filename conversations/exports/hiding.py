"""What is hidden of the conversations of an export: nothing, what a redactor replaces, or a blind project’s names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from conversations.exports.blind import Veil
from conversations.exports.rights import ExportRefused
from conversations.models import Conversation
from conversations.transcripts import KINDS, Redactor
from conversations.transcripts.document import TranscriptConversation, TranscriptMessage
from conversations.transcripts.outline import Hiding
from conversations.transcripts.redaction.patterns import BadPattern

Hide = Callable[[Sequence[Conversation]], Mapping[UUID, Hiding]]
"""Of each of a batch what hides it, by its id; of one that is not there nothing is hidden."""


def site_redactor(kinds: Sequence[str]) -> Redactor | None:
    """For an export; None for no kinds. Raises ExportRefused when the site's own patterns are not taken."""
    try:
        return Redactor.of_the_site(kinds) if kinds else None
    except (BadPattern, OSError, UnicodeDecodeError) as error:
        raise ExportRefused("bad_patterns") from error


def redacted_by(redactor: Redactor | None, veils: Callable[[Sequence[Conversation]], Mapping[UUID, Veil]]) -> Hide:
    """The same redactor for all, so that the same thing has the same placeholder in all of them, over the veils."""

    def hide(conversations: Sequence[Conversation]) -> Mapping[UUID, Hiding]:
        veiled = veils(conversations)
        if redactor is None:
            return veiled
        return {each.pk: _both(redactor, veiled[each.pk]) if each.pk in veiled else redactor for each in conversations}

    return hide


def unveiled(conversations: Sequence[Conversation]) -> Mapping[UUID, Veil]:
    """No veil over any of them."""
    return {}


NOTHING = redacted_by(None, unveiled)


@dataclass(frozen=True, slots=True)
class Both:
    """First the pseudonyms, then placeholders for whomever else is named. See `transcripts.outline.Hiding`."""

    veil: Veil
    redactor: Redactor

    @property
    def kinds(self) -> tuple[str, ...]:
        """What either replaces."""
        return tuple(kind for kind in KINDS if kind in {*self.veil.kinds, *self.redactor.kinds})

    @property
    def digest(self) -> str:
        """Of both."""
        return f"{self.veil.digest} {self.redactor.digest}"

    def conversation(self, about: TranscriptConversation) -> TranscriptConversation:
        """Its head."""
        return self.redactor.conversation(self.veil.conversation(about))

    def message(self, message: TranscriptMessage) -> TranscriptMessage:
        """A message with its texts."""
        return self.redactor.message(self.veil.message(message))


def _both(redactor: Redactor, veil: Veil) -> Both:
    return Both(veil, redactor.keeping(veil.pseudonyms()))
