"""What is said of an option that was not accepted: which it is, what it takes, and what to do."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations.sampling import Sampling
from conversations.sampling.words import Option

RANGES = Sampling.model_json_schema()["properties"]
"""The types and ranges of all options, as JSON schemas."""


def advice_on(name: str, option: Option) -> str:
    """Which field, what it takes, and what to do."""
    kind = RANGES[name]["anyOf"][0]
    match kind["type"]:
        case "array":
            return _("“Stop at” takes at most 16 lines of at most 200 characters. Shorten the list.")
        case "string":
            return _("“Keep loaded” takes seconds or a duration such as 5m or 1h30m. Change it, or leave it empty.")
        case "boolean":
            return _("“%(name)s” is on, off or as usual. Choose one.") % {"name": option.label}
        case "integer":
            text = _("“%(name)s” takes a whole number from %(low)s to %(high)s. Change it, or leave it empty.")
        case _:
            text = _("“%(name)s” takes a number from %(low)s to %(high)s. Change it, or leave it empty.")
    return text % {"name": option.label, "low": plain(kind["minimum"]), "high": plain(kind["maximum"])}


def plain(number: float) -> str:
    """As people of this language write it."""
    text = number_format(int(number) if number == int(number) else number, force_grouping=True)
    return text.replace("-", "−")
