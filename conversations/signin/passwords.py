"""Passwords made of what everybody knows of this site: its program, its names."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SHORTEST = 4
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
_EVERYBODYS = {"chat", "www", "local", "localhost", "localdomain"}
"""Parts of names that say nothing about a site."""


def words() -> set[str]:
    """The words that this site's passwords may not hold: the program's name, and the parts of the host's names."""
    names = [*settings.ALLOWED_HOSTS, settings.HOST]
    labels = {label for name in names if not _is_number(name) for label in _labels(name)}
    return {"chatsite"} | {_plain(label) for label in labels - _EVERYBODYS if len(_plain(label)) >= SHORTEST}


def _labels(name: str) -> list[str]:
    """`www.my-club.example.org` has `www`, `my-club` and `example`; of the last part there are many."""
    parts = [part for part in name.lower().split(".") if part]
    return parts[:-1] or parts


def _is_number(name: str) -> bool:
    return bool(re.fullmatch(r"[\d.]+|\[?[\da-f:]*:[\da-f:.]*\]?|\*", name.lower()))


def _plain(text: str) -> str:
    """Without what people put in to make a word look like another."""
    return re.sub(r"[\W_]", "", text.casefold().translate(_LOOKALIKES))


class NotTheSite:
    """No word of the site's in a password. Named in `AUTH_PASSWORD_VALIDATORS`."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError, which names the word."""
        found = sorted(word for word in words() if word in _plain(password))
        if found:
            told = _("The password holds “%(word)s”, the name of this site. Choose one without it.")
            raise ValidationError(told % {"word": found[0]}, code="password_of_the_site")

    def get_help_text(self) -> str:
        """What is asked for."""
        return _("The password may not hold the name of this site.")
