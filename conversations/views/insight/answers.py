"""An answer in a form: labels and values in place of JSON, and what is wrong with it in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conversations.models import Message
from conversations.structured.formats import NotAFormat, problem_of, read_answer
from conversations.structured.outline import Node, TooMuch, outline, pretty
from conversations.structured.words import place, sentence
from conversations.views.access import member_required
from conversations.views.lookups import visible_message

LIMIT = 200_000
"""Characters beyond which an answer is only shown raw."""


@require_safe
@member_required
def answer(request: HttpRequest, message: int) -> HttpResponse:
    """The answer's form as a fragment, for a page that saw it being written. Raises Http404 for a free text."""
    context = answer_of(visible_message(request, message))
    if context is None:
        raise Http404
    return render(request, "chat/insight/_answer.html", context)


def answer_of(message: Message) -> dict[str, Any] | None:
    """What `_answer.html` shows; None for a reply in free text."""
    checked: Mapping[str, Any] | None = message.metrics.get("format") if message.metrics else None
    if not checked:
        return None
    wanted = message.provenance.get("format")
    form, raw = _form(message.content, wanted if isinstance(wanted, dict) else {})
    return {
        "kind": checked.get("kind"),
        "wrong": [(place(problem), sentence(problem)) for problem in map(problem_of, checked.get("wrong", ()))],
        "form": form,
        "raw": raw,
        "corrects": "corrects" in message.provenance,
    }


def _form(text: str, schema: dict[str, Any]) -> tuple[Node | None, str]:
    if len(text) > LIMIT:
        return None, text
    try:
        value = read_answer(text)
    except NotAFormat:
        return None, text
    try:
        return outline(value, schema), pretty(value)
    except TooMuch:
        return None, pretty(value)
