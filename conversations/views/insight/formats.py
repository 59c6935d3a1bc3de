"""The form of the answers that a conversation wants: free text, JSON, or JSON after a schema."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conversations.models import Conversation
from conversations.structured.checking import wrong_with_schema
from conversations.structured.formats import NotAFormat, Problem, read_schema
from conversations.structured.outline import pretty
from conversations.structured.words import place, sentence
from conversations.text import clean_text
from conversations.views.access import member_required
from conversations.views.lookups import stored_or_new

STARTERS: list[tuple[str | Promise, dict[str, Any]]] = [
    (
        gettext_lazy("Facts about one thing"),
        {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "summary": {"type": "string"},
                "year": {"type": "integer"},
            },
            "required": ["name", "summary"],
        },
    ),
    (
        gettext_lazy("A table"),
        {
            "type": "object",
            "properties": {
                "rows": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "amount": {"type": "number"}},
                        "required": ["name", "amount"],
                    },
                }
            },
            "required": ["rows"],
        },
    ),
    (
        gettext_lazy("A judgement"),
        {
            "type": "object",
            "properties": {
                "label": {"enum": ["positive", "neutral", "negative"]},
                "reason": {"type": "string", "maxLength": 300},
            },
            "required": ["label", "reason"],
        },
    ),
]


class FormatForm(forms.Form):
    """`kind` decides; the schema is kept as it was typed while it is corrected."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Answers are"),
        choices=[
            ("", gettext_lazy("Free text")),
            ("json", gettext_lazy("JSON")),
            ("schema", gettext_lazy("JSON after a schema")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    schema = forms.CharField(
        label=gettext_lazy("Schema"),
        help_text=gettext_lazy(
            "JSON Schema, Draft 2020-12. Name in the question as well what you want: models read it."
        ),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 12, "spellcheck": "false", "autocomplete": "off", "dir": "ltr", "class": "schema"}
        ),
    )
    corrects = forms.BooleanField(
        label=gettext_lazy("Ask once more when an answer does not fit"),
        help_text=gettext_lazy("The model is told what was wrong, and its second answer stands beside the first."),
        required=False,
    )

    def __init__(self, data: Any = None, *, conversation: Conversation) -> None:
        self._conversation = conversation
        super().__init__(data, auto_id="format_%s", initial=_initial(conversation))

    def clean(self) -> dict[str, Any]:
        """Read the schema and hold it against the standard."""
        found: dict[str, Any] = self.cleaned_data
        self.response_format: Any = found.get("kind") or None
        if self.response_format == "schema":
            try:
                self.response_format = read_schema(clean_text(found.get("schema", "")))
                wrong = wrong_with_schema(self.response_format)
            except NotAFormat as error:
                wrong = list(error.problems)
            for problem in wrong:
                self.add_error("schema", _words(problem))
        return found

    def values(self) -> dict[str, Any]:
        """What was entered, as `ask` takes it."""
        return {"response_format": self.response_format, "corrects_format": self.cleaned_data["corrects"]}

    def save(self) -> None:
        """Store it with the conversation; it holds from the next reply on."""
        for name, value in self.values().items():
            setattr(self._conversation, name, value)
        self._conversation.save(update_fields=["response_format", "corrects_format"])


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def answer_format(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The form. What is posted for a conversation that is not stored yet is checked and handed back."""
    found = stored_or_new(request, conversation)
    form = FormatForm(request.POST if request.method == "POST" else None, conversation=found)
    context = {
        "form": form,
        "conversation": found,
        "starters": [(str(name), pretty(schema)) for name, schema in STARTERS],
    }
    if request.method != "POST":
        return render(request, "chat/insight/_format.html", context)
    if not form.is_valid():
        return render(request, "chat/insight/_format.html", context, status=422)
    if found._state.adding:
        return JsonResponse(form.values())
    form.save()
    return HttpResponse(status=204)


def _initial(conversation: Conversation) -> dict[str, Any]:
    wanted = conversation.response_format
    is_schema = isinstance(wanted, dict)
    return {
        "kind": "schema" if is_schema else wanted or "",
        "schema": pretty(wanted) if is_schema else "",
        "corrects": conversation.corrects_format,
    }


def _words(problem: Problem) -> str:
    where = place(problem)
    return f"{where}: {sentence(problem)}" if where else sentence(problem)
