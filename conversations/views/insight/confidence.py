"""How sure a model was of each token of a reply, where that was asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conversations.models import Message
from conversations.views.access import member_required
from conversations.views.lookups import visible_message

MOST_TOKENS = 4000
_LEVELS = (0.9, 0.7, 0.5, 0.25)
"""From these probabilities on a token is of level 1 (sure) to 4; below them of level 5."""
_UNLIKELIEST = 12


@dataclass(frozen=True, slots=True)
class Token:
    """A token, how likely it was (a percentage, in words), and what else might have stood there."""

    place: int
    text: str
    level: int
    share: str
    probability: float
    others: list[tuple[str, str]]

    @property
    def shown(self) -> str:
        """The token with what cannot be seen made visible."""
        return visible(self.text)


@require_safe
@member_required
def confidence(request: HttpRequest, message: int) -> HttpResponse:
    """The reply's text by token."""
    found = visible_message(request, message)
    tokens = list(tokens_of(found))
    context = {
        "message": found,
        "section": "confidence",
        "tokens": tokens,
        "is_cut": len(found.logprobs or ()) > MOST_TOKENS,
        "most": MOST_TOKENS,
        "unlikeliest": sorted(tokens, key=lambda token: token.probability)[:_UNLIKELIEST],
        "mean": _share(_mean(tokens)) if tokens else "",
    }
    return render(request, "chat/insight/_confidence.html", context)


def tokens_of(message: Message) -> Iterator[Token]:
    """The first tokens of a reply; nothing for one without probabilities."""
    for place, entry in enumerate((message.logprobs or ())[:MOST_TOKENS]):
        probability = _probability(entry.get("logprob"))
        others = [
            (visible(str(text)), _share(_probability(logprob)))
            for text, logprob in _alternatives(entry)
            if text != entry.get("token")
        ]
        level = next((level for level, least in enumerate(_LEVELS, 1) if probability >= least), len(_LEVELS) + 1)
        yield Token(place, str(entry.get("token", "")), level, _share(probability), probability, others)


def visible(text: str) -> str:
    """A token as one can see it: a blank as ␣, a line's end as ⏎."""
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"


def _alternatives(entry: dict[str, Any]) -> Iterator[tuple[object, object]]:
    for other in entry.get("top") or ():
        if isinstance(other, list | tuple) and len(other) == 2:
            yield other[0], other[1]
        elif isinstance(other, dict):
            yield other.get("token", ""), other.get("logprob")


def _probability(logprob: object) -> float:
    return math.exp(min(0.0, float(logprob))) if isinstance(logprob, int | float) and logprob > -700 else 0.0


def _mean(tokens: list[Token]) -> float:
    """The geometric mean: how sure it was of a token, all in all."""
    return math.exp(sum(math.log(max(token.probability, 1e-12)) for token in tokens) / len(tokens))


def _share(probability: float) -> str:
    percent = probability * 100
    return _("%(share)s %%") % {"share": number_format(percent, 1 if percent < 99.95 else 0)}
