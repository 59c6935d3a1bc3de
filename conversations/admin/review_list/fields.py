"""The fields by which the list is filtered, all of them optional, all of them in the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.faults import FAULTS
from conversations.models import Backend, Conversation, Label, Project, State, Status, User
from conversations.models.conversation import TITLE_LIMIT
from conversations.review.blinding import without_blind
from conversations.search.query import LIMIT as SEARCH_LIMIT

MODELS_OFFERED = 100
MOST_NAMES = 500
RUNNING, EMPTY = "running", "empty"
ANY, NONE, UP, DOWN = "any", "none", "up", "down"
# A filter by one of these, or the words of a search, would tell whose a conversation is.
TELLING = ("q", "title", "owner", "model", "backend")

Choices = list[tuple[str, Any]]


class OpenChoice(forms.ChoiceField):
    """A choice that takes what is not offered any more, too: a kept filter goes on."""

    def valid_value(self, value: Any) -> bool:
        """Whatever it is, nothing may be found by it."""
        return len(str(value)) <= 300


class FilterForm(forms.Form):
    """Read from the address. Without a value a field filters nothing."""

    q = forms.CharField(label=_("Words in messages"), max_length=SEARCH_LIMIT, required=False)
    owner = forms.CharField(label=_("Owner"), max_length=150, required=False)
    model = OpenChoice(label=_("Model"), required=False)
    backend = OpenChoice(label=_("Backend"), required=False)
    state = forms.ChoiceField(label=_("State of the last reply"), required=False)
    error = forms.ChoiceField(label=_("Errors"), required=False)
    rating = forms.ChoiceField(label=_("Rating"), required=False)
    label = OpenChoice(label=_("Label"), required=False)
    project = OpenChoice(label=_("Review project"), required=False)
    status = forms.ChoiceField(label=_("Review status"), required=False)
    since = forms.DateField(label=_("Active from"), required=False)
    until = forms.DateField(label=_("Active until"), required=False)
    longest = forms.IntegerField(label=_("Messages, at most"), required=False, min_value=0, max_value=1_000_000)
    shortest = forms.IntegerField(label=_("Messages, at least"), required=False, min_value=0, max_value=1_000_000)
    title = forms.CharField(label=_("Title contains"), max_length=TITLE_LIMIT, required=False)
    deleted = forms.ChoiceField(label=_("Deleted by the owner"), required=False)

    field_order = (
        "q", "owner", "model", "backend", "state", "error", "rating", "label", "project", "status", "since", "until",
        "shortest", "longest", "title", "deleted",
    )  # fmt: skip

    def __init__(self, values: Any, viewer: User) -> None:
        super().__init__(values, label_suffix="", auto_id="filter_%s")
        for name, choices in _choices(viewer).items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", gettext("Any")), *choices]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "spellcheck": "false"})
        self.fields["owner"].widget.attrs.update({"autocomplete": "off", "autocapitalize": "none"})

    def clean(self) -> dict[str, Any]:
        """A stretch that ends before it begins holds nothing."""
        found = dict(super().clean() or {})
        for first, last in (("since", "until"), ("shortest", "longest")):
            if found.get(first) is not None and found.get(last) is not None and found[first] > found[last]:
                self.add_error(last, gettext("This ends before it begins: change one of the two."))
        return found

    @property
    def wishes(self) -> dict[str, Any]:
        """What was asked for, by field; only what filters."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    def in_words(self) -> list[tuple[str, str]]:
        """What was asked for, as people read it."""
        return [(str(self.fields[name].label), self._said(name, value)) for name, value in self.wishes.items()]

    def _said(self, name: str, value: Any) -> str:
        field = self.fields[name]
        offered = dict(field.choices) if isinstance(field, forms.ChoiceField) else {}  # type: ignore[arg-type]
        return str(offered.get(str(value), value))


def _choices(viewer: User) -> dict[str, Choices]:
    states = [each for each in State if each.value not in ("queued", "loading", "streaming")]
    errors = [(code, FAULTS[code].text) for code in _ERRORS]
    return {
        "model": [(name, name) for name in _models(viewer)],
        "backend": [(name, name) for name in [*Backend.objects.values_list("name", flat=True), "eliza"]],
        "state": [
            (RUNNING, _("Running")), *[(each.value, each.label) for each in states], (EMPTY, _("Without messages")),
        ],
        "error": [(ANY, _("With errors")), (NONE, _("Without errors")), *errors],
        "rating": [(UP, _("Good")), (DOWN, _("Bad")), (ANY, _("Rated")), (NONE, _("Not rated"))],
        "label": [(NONE, _("Without labels")), *_named(Label)],
        "project": [(NONE, _("In no project")), *_named(Project)],
        "status": list(Status.choices),
        "deleted": [("no", _("No")), ("yes", _("Yes"))],
    }  # fmt: skip


_ERRORS = (
    "upstream_down", "upstream_timeout", "upstream_stalled", "upstream_lost", "upstream_protocol", "upstream_error",
    "model_missing", "refused", "too_much_context", "out_of_memory", "unauthorized",
)  # fmt: skip


def _named(model: type[Label] | type[Project]) -> Choices:
    rows = model._default_manager.order_by("name").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows[:MOST_NAMES]]


def _models(viewer: User) -> list[str]:
    """The models that conversations are set to: each is where the last one ends, so no table is read through.

    The name of one that only conversations have to which `viewer` is blind would tell.
    """
    names: list[str] = []
    seen = without_blind(Conversation.objects.lasting(), viewer)
    rows = seen.order_by("model_name").values_list("model_name", flat=True)
    while len(names) < MODELS_OFFERED:
        name = rows.filter(model_name__gt=names[-1] if names else "").first()
        if name is None:
            break
        names.append(name)
    return names
