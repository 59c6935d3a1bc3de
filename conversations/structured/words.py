"""Says in plain words what is wrong with an answer or with a schema."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from conversations.structured.formats import Problem

_TYPES: dict[str, str | Promise] = {
    "object": gettext_lazy("an object"),
    "array": gettext_lazy("a list"),
    "string": gettext_lazy("a text"),
    "number": gettext_lazy("a number"),
    "integer": gettext_lazy("a whole number"),
    "boolean": gettext_lazy("true or false"),
    "null": gettext_lazy("nothing (null)"),
}
_RULES: dict[str, str | Promise] = {
    "required": gettext_lazy("Missing: %(wanted)s."),
    "additionalProperties": gettext_lazy("Not foreseen: %(wanted)s."),
    "type": gettext_lazy("Has to be %(wanted)s."),
    "enum": gettext_lazy("Has to be one of: %(wanted)s."),
    "const": gettext_lazy("Has to be %(wanted)s."),
    "minimum": gettext_lazy("Has to be at least %(wanted)s."),
    "maximum": gettext_lazy("Has to be at most %(wanted)s."),
    "exclusiveMinimum": gettext_lazy("Has to be more than %(wanted)s."),
    "exclusiveMaximum": gettext_lazy("Has to be less than %(wanted)s."),
    "multipleOf": gettext_lazy("Has to be a multiple of %(wanted)s."),
    "minLength": gettext_lazy("Has to have at least %(wanted)s characters."),
    "maxLength": gettext_lazy("Has to have at most %(wanted)s characters."),
    "minItems": gettext_lazy("Has to have at least %(wanted)s entries."),
    "maxItems": gettext_lazy("Has to have at most %(wanted)s entries."),
    "uniqueItems": gettext_lazy("The same entry is there twice."),
    "pattern": gettext_lazy("Does not fit the pattern %(wanted)s."),
    "syntax": gettext_lazy("This is not JSON (line and column %(wanted)s): %(text)s."),
    "size": gettext_lazy("The schema is longer than %(wanted)s KiB. Shorten it."),
    "depth": gettext_lazy("This is nested more than %(wanted)s levels deep."),
    "object": gettext_lazy("A schema is a JSON object: it begins with { and ends with }."),
    "remote": gettext_lazy("%(wanted)s is outside of the schema. Put it under $defs and write #/$defs/…"),
    "signs": gettext_lazy("There is a NUL or half of a character in it. Remove it."),
    "$ref": gettext_lazy("%(wanted)s is nowhere in the schema."),
    "recursion": gettext_lazy("The schema goes round in a circle."),
    "slow": gettext_lazy("Checking took longer than %(wanted)s s and was given up. Simplify the schema."),
}
_OTHER = pgettext_lazy("a rule of a schema", "Does not fit “%(keyword)s”: %(text)s.")


def sentence(problem: Problem) -> str:
    """What is wrong, without where."""
    wanted = problem.wanted
    if problem.keyword == "type" and isinstance(wanted, str):
        wanted = _(" or ").join(str(_TYPES.get(one, one)) for one in wanted.split(", "))
    rule = _RULES.get(problem.keyword, _OTHER)
    return str(rule) % {"wanted": wanted, "text": problem.text.rstrip("."), "keyword": problem.keyword}


def place(problem: Problem) -> str:
    """Where: `cities[0].name`; empty for the whole."""
    found = ""
    for step in problem.path:
        found += f"[{step}]" if isinstance(step, int) else f".{step}" if found else step
    return found
