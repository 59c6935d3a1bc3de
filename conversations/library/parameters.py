"""What a model of the library may be called and made with, for people and programs alike."""

from __future__ import annotations

from typing import Any

from django.core import exceptions
from django.utils.translation import gettext as _
from pydantic import ValidationError

from conversations.sampling import BESIDE_OPTIONS, Sampling
from conversations.sampling.advice import advice_on
from conversations.sampling.words import OPTIONS

LONGEST_NAME = 600
"""Characters."""
LONGEST_TEXT = 64 * 1024
"""Characters of a system prompt, a template or a licence."""


def checked_parameters(given: dict[str, Any]) -> dict[str, object]:
    """Options of a model within their types and ranges. Raises ValidationError naming each that is not."""
    known = Sampling.model_fields.keys() - BESIDE_OPTIONS
    wrong = [_("“%(name)s” is no parameter.") % {"name": name[:60]} for name in given if name not in known]
    try:
        found = Sampling(**{name: value for name, value in given.items() if name in known}).options()
    except ValidationError as error:
        names = {str(one["loc"][0]) for one in error.errors()}
        wrong += [f"{name}: {advice_on(name, OPTIONS[name])}" for name in sorted(names)]
        found = {}
    if wrong:
        raise exceptions.ValidationError(wrong)
    return found
