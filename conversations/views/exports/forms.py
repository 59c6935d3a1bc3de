"""What to export, as a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from conversations.exports.request import ExportRequest
from conversations.exports.rights import RIGHT
from conversations.exports.words import REDACTIONS
from conversations.models import State, Status, User
from conversations.models.review.access_record import REASON_LIMIT

FORMATS: list[tuple[str, Promise]] = [
    ("zip html", _("Web pages (HTML), in a zip")),
    ("zip md", _("Markdown, in a zip")),
    ("zip docx", _("Word documents, in a zip")),
    ("zip txt", _("Plain text, in a zip")),
    ("zip csv", _("Tables (CSV), in a zip")),
    ("zip json", _("JSON with everything, in a zip")),
    ("ndjson json", _("JSON with everything, a line each")),
    ("zip jsonl", _("For fine-tuning (JSONL), in a zip")),
]
_NAMED = dict(FORMATS)
REDACTED = _("Placeholders stand for them, the same for the same person in all files. Their key is a file apart.")
_ANY: tuple[str, Promise] = ("", _("any"))
_ENDS = (State.COMPLETE, State.STOPPED, State.INTERRUPTED, State.FAILED)
_OF_OTHERS = ("whose", "reason", "owner", "project", "status", "label")


def made_of(request: Mapping[str, str]) -> str | Promise:
    """What a stored request has made, as the form offers it."""
    name = f"{request.get('package', '')} {request.get('format', 'json')}"
    return _NAMED.get(name, name)


class ExportForm(forms.Form):
    """Whoever may export other people's is offered more."""

    file = forms.ChoiceField(label=_("Format"), choices=FORMATS, required=False)
    since = forms.DateField(label=_("Active since"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Active until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    model = forms.CharField(label=_("Model"), required=False, max_length=300)
    state = forms.ChoiceField(
        label=_("A reply is"), required=False, choices=[_ANY, *((each.value, each.label) for each in _ENDS)]
    )
    rating = forms.ChoiceField(
        label=_("A reply was rated"),
        required=False,
        choices=[_ANY, ("up", _("up")), ("down", _("down"))],
    )
    redact = forms.ChoiceField(label=_("People in it"), required=False, choices=REDACTIONS, help_text=REDACTED)
    whose = forms.ChoiceField(label=_("Whose"), required=False, choices=[("own", _("mine")), ("all", _("everybody’s"))])
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=REASON_LIMIT,
        help_text=_("For other people’s conversations. They read it in their account, with your name."),
    )
    owner = forms.CharField(label=_("Username"), required=False, max_length=150)
    label = forms.CharField(label=_("Label"), required=False, max_length=40)
    project = forms.CharField(label=_("Review project"), required=False, max_length=80)
    status = forms.ChoiceField(label=_("Review"), required=False, choices=[_ANY, *Status.choices])
    ids = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="export_%s", initial=initial)
        if not user.has_perm(RIGHT):
            for name in _OF_OTHERS:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """`request` is what was asked for."""
        found = {name: value for name, value in self.cleaned_data.items() if value and name not in ("file", "ids")}
        package, _space, ending = (self.cleaned_data.get("file") or FORMATS[0][0]).partition(" ")
        ids = self.cleaned_data.get("ids", "").replace(",", " ").split()
        try:
            request = ExportRequest.model_validate({**found, "package": package, "format": ending, "ids": ids})
        except ValidationError as error:
            for name, message in _messages(error):
                self.add_error(name if name in self.fields else None, message)
            return self.cleaned_data
        return {**self.cleaned_data, "request": request}


def _messages(error: ValidationError) -> Iterator[tuple[str, str]]:
    for one in error.errors():
        name = str(one["loc"][0]) if one["loc"] else ""
        yield name, str(_("This is before the first day.") if name == "until" else one["msg"])
