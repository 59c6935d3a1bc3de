"""The names that give away whose conversation it is, or which model answered, found in whatever was written there.

Known are the owner's username, real name and addresses, and the models of the replies. A name of five or more
characters is replaced wherever it stands, a shorter one as a word of its own, and one character never.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from unicodedata import normalize

from allauth.account.models import EmailAddress

from conversations.models import Conversation, Message, User

ANYWHERE = 5  # characters from which a name is replaced inside of words too
SHORTEST_REAL_NAME = 3


@dataclass(frozen=True)
class Names:
    """`own` are the owner's; `models` lead from what may be written to the model's full name."""

    owner: User
    own: frozenset[str]
    models: dict[str, str]

    def replaced(self, text: str, person: str, model: Callable[[str], str]) -> str:
        """`text` with `person` for the owner's names, and for a model's what `model` calls it."""

        def stand_in(found: re.Match[str]) -> str:
            known = _folded(found[0])
            if known in self.own:
                return person
            # What differs in more than case was found by a spelling of the owner's name: models are plain words.
            return model(self.models[known]) if known in self.models else person

        return self._pattern.sub(stand_in, text) if self._pattern else text

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        known = {*self.own, *self.models}
        spellings = {normalize(form, name) for name in known for form in ("NFC", "NFD")}
        parts = [_as_pattern(name) for name in sorted(spellings, key=len, reverse=True)]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def names_in(conversation: Conversation) -> Names:
    """What would tell: of its owner, and of the models that it is or was set to."""
    replies = Message.objects.filter(conversation=conversation).exclude(model_name="").order_by()
    used = {*replies.values_list("model_name", flat=True).distinct(), conversation.model_name}
    models = {_folded(part): name for name in sorted(used) for part in _parts_of_model(name)}
    return Names(conversation.owner, frozenset(_own(conversation.owner)), models)


def _own(owner: User) -> set[str]:
    addresses = EmailAddress.objects.filter(user_id=owner.pk).values_list("email", flat=True)
    mails = [mail for mail in {owner.email, *addresses} if mail]
    locals_ = [mail.partition("@")[0] for mail in mails]
    real = [owner.get_full_name(), owner.first_name, owner.last_name]
    long_enough = (name for name in chain(real, locals_) if len(name) >= SHORTEST_REAL_NAME)
    return {_folded(name) for name in chain([owner.get_username()], mails, long_enough) if len(name.strip()) > 1}


def _parts_of_model(name: str) -> set[str]:
    """`hub/llama3.2:latest` may be written as it is, without its tag, and without where it comes from."""
    bare = name.partition(":")[0]
    return {part for part in (name, bare, name.rpartition("/")[2], bare.rpartition("/")[2]) if len(part) > 1}


def _folded(name: str) -> str:
    return normalize("NFC", name.strip()).lower()


def _as_pattern(name: str) -> str:
    found = re.escape(name)
    if len(name) >= ANYWHERE:
        return found
    return rf"(?<!\w){found}(?=s?(?!\w))"
