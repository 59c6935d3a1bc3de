"""The rubric on a project's form: its criteria, with a word for each step of their scales, one a line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.models import Criterion, Project
from conversations.review.rubric import is_in_use
from conversations.text import clean_line

WORD_LIMIT = 60  # characters
SCALE = ("lowest", "highest")


class WordsField(forms.CharField):
    """A list of words, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 14})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list."""
        lines = str(super().to_python(value) or "").splitlines()
        return [clean_line(line, WORD_LIMIT) for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """An empty list and empty lines are the same."""
        return bool(self.to_python(data) != (initial or []))


class CriterionForm(forms.ModelForm[Criterion]):
    """A criterion."""

    words = WordsField(label=_("words of the scale"), required=False, help_text=_("One a line, lowest first; or none."))

    class Meta:
        model = Criterion
        fields = ("name", "question", "lowest", "highest", "words", "position")
        # Django's own are twenty letters wide each, too wide for a line of six.
        widgets = {
            "name": forms.TextInput(attrs={"size": 14}),
            "question": forms.Textarea(attrs={"rows": 3, "cols": 24}),
            **{name: forms.NumberInput(attrs={"size": 3}) for name in ("lowest", "highest", "position")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # in a table of Django's, fields have a column's heading and no label
            field.widget.attrs["aria-label"] = str(field.label)


class CriterionInline(admin.TabularInline[Criterion, Project]):
    """The criteria of a project."""

    model = Criterion
    form = CriterionForm
    extra = 0
    verbose_name_plural = _("criteria")

    def get_extra(self, request: HttpRequest, obj: Project | None = None, **rest: Any) -> int:
        """Room for the first ones."""
        return 0 if obj is not None and obj.criteria.exists() else 3

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        """What was assessed on one scale means nothing on another."""
        return SCALE if obj is not None and is_in_use(obj) else ()

    def has_add_permission(self, request: HttpRequest, obj: Project | None) -> bool:  # type: ignore[override]
        """A new criterion would make every assessment that is full unfinished."""
        return super().has_add_permission(request, obj) and not (obj is not None and is_in_use(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """The values would go with it."""
        return super().has_delete_permission(request, obj) and not (obj is not None and is_in_use(obj))
