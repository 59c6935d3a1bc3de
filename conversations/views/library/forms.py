"""The forms of the library: what to fetch, and what to make of what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.backends.base import BackendError
from conversations.backends.names import model_name
from conversations.faults import library_fault
from conversations.library.parameters import LONGEST_NAME, LONGEST_TEXT, checked_parameters


class ModelNameField(forms.CharField):
    """A model's name, as `backends.names` reads what people type."""

    widget = forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_NAME, **options)

    def clean(self, value: Any) -> str:
        """The name. Raises ValidationError that says which part is wrong."""
        try:
            return model_name(super().clean(value))
        except BackendError as error:
            words = library_fault(error.code)
            raise forms.ValidationError(f"{words.text} {words.advice}") from error


class PullForm(forms.Form):
    """A model to download, and to where."""

    name = ModelNameField(label=gettext_lazy("Name of the model"))
    backend = forms.ChoiceField(label=gettext_lazy("Model server"))

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["backend"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = places
        if len(places) == 1:
            field.widget = forms.HiddenInput()
            field.initial = places[0][0]


class CopyForm(forms.Form):
    """A second name for a model."""

    name = ModelNameField(label=gettext_lazy("New name"))


class CreateForm(forms.Form):
    """A model made from another; what is left empty is the other's."""

    name = ModelNameField(label=gettext_lazy("Name of the new model"))
    system = forms.CharField(
        label=gettext_lazy("System prompt"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    parameters = forms.CharField(
        label=gettext_lazy("Parameters"),
        required=False,
        max_length=4096,
        help_text=gettext_lazy("One on each line, such as “temperature 0.7”. A “stop” may come more than once."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "code"}),
    )
    template = forms.CharField(
        label=gettext_lazy("Template"),
        required=False,
        strip=False,
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("In Go’s template language. Leave it empty unless you know why not."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "code"}),
    )

    def clean_parameters(self) -> dict[str, object]:
        """As the `parameters` of a creation. Raises ValidationError naming the parameter."""
        return parameters(self.cleaned_data["parameters"])

    def request(self, source: str) -> dict[str, object]:
        """What a job is asked to do: only what is set."""
        values = {name: self.cleaned_data[name] for name in ("system", "parameters", "template")}
        return {"source": source, **{name: value for name, value in values.items() if value}}


def parameters(text: str) -> dict[str, object]:
    """`name value` lines as values of their types. Raises ValidationError naming the line's parameter and the rule."""
    given: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _space, value = line.removeprefix("PARAMETER ").strip().partition(" ")
        value = value.strip()
        if not value:
            raise forms.ValidationError(_("“%(line)s” has no value.") % {"line": line[:60]})
        if name == "stop":
            given.setdefault("stop", []).append(_unquoted(value))
        else:
            given[name] = value
    return checked_parameters(given)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
