"""The form of a conversation's settings: the words for `conversations.sampling`, whose ranges it takes over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from conversations.live.protocol import TEXT_LIMIT
from conversations.models import Conversation, ModelDefaults
from conversations.sampling import LOAD_TIME, Sampling, written
from conversations.sampling.advice import RANGES, advice_on, plain
from conversations.sampling.words import GROUPS, OPTIONS, Group, Option, Words
from conversations.text import clean_text

THINK_CHOICES: list[tuple[str, Words]] = [
    ("", gettext_lazy("Thinking: auto")),
    ("off", gettext_lazy("Thinking: off")),
    ("on", gettext_lazy("Thinking: on")),
    ("low", gettext_lazy("Thinking: low")),
    ("medium", gettext_lazy("Thinking: medium")),
    ("high", gettext_lazy("Thinking: high")),
    ("max", gettext_lazy("Thinking: max")),
]
_STEPS = {
    "temperature": "0.1",
    "top_p": "0.05",
    "min_p": "0.01",
    "typical_p": "0.05",
    "repeat_penalty": "0.05",
    "presence_penalty": "0.1",
    "frequency_penalty": "0.1",
}


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that are folded together; `is_open` when one of them has an error."""

    name: str
    label: Words
    fields: list[OptionField]

    @property
    def is_open(self) -> bool:
        """Whether something in it needs to be seen."""
        return any(each.field.errors for each in self.fields)


@dataclass(frozen=True, slots=True)
class OptionField:
    """A field of the form, and whether a change of it loads the model anew."""

    field: forms.BoundField
    reloads: bool
    is_wide: bool


class CleanText(forms.CharField):
    """Text as every database can hold it."""

    def to_python(self, value: Any) -> str:
        """What was entered, cleaned."""
        return clean_text(super().to_python(value) or "")


class SettingsForm(forms.Form):
    """System prompt, thinking and sampling options; an empty option is not set."""

    system_prompt = CleanText(
        label=gettext_lazy("System prompt"),
        help_text=gettext_lazy("What the model should know and how it should behave, ahead of every message."),
        required=False,
        strip=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={
            "max_length": gettext_lazy(
                "The system prompt has %(show_value)d characters, the limit is %(limit_value)d. Shorten it."
            )
        },
    )
    think = forms.ChoiceField(
        label=gettext_lazy("Thinking"),
        help_text=gettext_lazy("For models that can think before they answer. Not all know the levels."),
        choices=[
            ("", gettext_lazy("As the model likes")),
            ("off", gettext_lazy("Off")),
            ("on", gettext_lazy("On")),
            ("low", gettext_lazy("On, low")),
            ("medium", gettext_lazy("On, medium")),
            ("high", gettext_lazy("On, high")),
            ("max", gettext_lazy("On, as long as it takes")),
        ],
        required=False,
    )

    def __init__(self, data: Any = None, *, conversation: Conversation | ModelDefaults) -> None:
        self._conversation = conversation
        super().__init__(data, auto_id="settings_%s", initial=_initial(conversation))
        for name, option in OPTIONS.items():
            self.fields[name] = _field(name, option)

    def common(self) -> list[OptionField]:
        """The options that most people look for."""
        return self._fields_of(GROUPS[0])

    def groups(self) -> list[FieldGroup]:
        """All others, in groups."""
        return [FieldGroup(group.name, group.label, self._fields_of(group)) for group in GROUPS[1:]]

    def clean_system_prompt(self) -> str:
        """Without white space around it."""
        return str(self.cleaned_data["system_prompt"]).strip()

    def clean_stop(self) -> list[str] | None:
        """One text a line."""
        lines = self.cleaned_data["stop"].splitlines()
        return [line for line in lines if line] or None

    def clean(self) -> dict[str, Any]:
        """Hold the options against their ranges once more, as the model server will be sent them."""
        found: dict[str, Any] = self.cleaned_data
        given = {name: found[name] for name in OPTIONS if found.get(name) not in (None, "")}
        try:
            self._sampling = Sampling(**given)
        except ValidationError as error:
            for name in {str(place["loc"][0]) for place in error.errors()}:
                self.add_error(name, advice_on(name, OPTIONS[name]))
        return found

    def values(self) -> dict[str, Any]:
        """What was entered, as `ask` takes it."""
        return {
            "system_prompt": self.cleaned_data["system_prompt"],
            "think": self.cleaned_data["think"],
            "sampling": self._sampling.model_dump(exclude_none=True),
        }

    def save(self) -> None:
        """Store it with the conversation; it holds from the next reply on."""
        for name, value in self.values().items():
            setattr(self._conversation, name, value)
        self._conversation.save(update_fields=["system_prompt", "think", "sampling"])

    def _fields_of(self, group: Group) -> list[OptionField]:
        return [OptionField(self[name], name in LOAD_TIME, name in ("stop", "keep_alive")) for name in group.options]


def _initial(conversation: Conversation | ModelDefaults) -> dict[str, Any]:
    stored = conversation.settings().model_dump(exclude_none=True)
    stored |= {name: written(value) for name, value in stored.items() if isinstance(value, bool | float)}
    stored["stop"] = "\n".join(stored.get("stop", ()))
    return {"system_prompt": conversation.system_prompt, "think": conversation.think, **stored}


def _field(name: str, option: Option) -> forms.Field:
    kind = RANGES[name]["anyOf"][0]
    words: dict[str, Any] = {"label": option.label, "help_text": _help(option, kind), "required": False}
    match kind["type"]:
        case "array":
            return CleanText(strip=False, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}), **words)
        case "string":
            return CleanText(widget=forms.TextInput(attrs={"autocomplete": "off"}), **words)
        case "boolean":
            choices = [("", _("As usual")), ("true", _("On")), ("false", _("Off"))]
            errors = {"invalid_choice": advice_on(name, option)}
            return forms.TypedChoiceField(
                choices=choices, coerce="true".__eq__, empty_value=None, error_messages=errors, **words
            )
    make = forms.IntegerField if kind["type"] == "integer" else forms.FloatField
    advice = advice_on(name, option)
    return make(
        min_value=kind["minimum"],
        max_value=kind["maximum"],
        step_size=None,
        widget=forms.NumberInput(attrs={"step": _STEPS.get(name, "1"), "inputmode": "decimal"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), advice),
        **words,
    )


def _help(option: Option, kind: dict[str, Any]) -> str:
    """What the option does, what it takes and what holds without it, in one line."""
    usual = option.usual.replace(".", get_format("DECIMAL_SEPARATOR"))
    if "minimum" in kind:
        limits = {"low": plain(kind["minimum"]), "high": plain(kind["maximum"]), "usual": usual}
        text = _("%(low)s to %(high)s, usually %(usual)s.") if usual else _("%(low)s to %(high)s.")
        return f"{option.help} {text % limits}"
    return f"{option.help} {_('Usually %(value)s.') % {'value': usual}}" if usual else str(option.help)
