"""The form of a model server: its key goes in and never comes out, its models are chosen from what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.backends.registry import Registry
from conversations.generation.engine import engine
from conversations.generation.servers.specs import CLASSES
from conversations.models import Backend, Kind
from conversations.text import clean_line

KEY_LIMIT = 4000
NAME_LIMIT = 300
NAMES_LIMIT = 1000
_ADDRESS = re.compile(r"(https?://(?=[^/]))?[^/?#@\s\"'<>]*(/(?!/)[^?#@\s\"'<>]*)?\Z", re.IGNORECASE)


class ServerForm(forms.ModelForm[Backend]):
    """All of a server. An empty key keeps the stored one, as long as the address is the same."""

    new_key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=KEY_LIMIT,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "spellcheck": "false", "class": "vTextField"}
        ),
        error_messages={"max_length": _("A key has at most %(limit_value)d characters. Check what was pasted.")},
    )
    forget_key = forms.BooleanField(label=_("Remove the key"), required=False)
    offers_all = forms.BooleanField(
        label=_("Offer all models"), required=False, help_text=_("New ones too, as soon as the server has them.")
    )
    chosen_models = forms.MultipleChoiceField(
        label=_("Only these"), required=False, widget=forms.CheckboxSelectMultiple
    )
    other_models = forms.CharField(
        label=_("And these"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("Names of models that are not listed above, one a line: for servers that do not list theirs."),
    )

    class Meta:
        model = Backend
        fields = ("label", "name", "kind", "address", "is_enabled", "parallel", "pool", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        offered = list(row.models_offered)
        listed = [model.name for model in engine.registry.found(row.name)] if row.pk else []
        self._stored_address = row.address if row.pk else ""
        self._stored_kind = row.kind
        self.fields["new_key"].help_text = _key_help(row)
        self.fields["offers_all"].initial = not offered
        # What was ticked after a test of unsaved changes is accepted too.
        names = dict.fromkeys([*listed, *offered, *self._ticked()])
        self.fields["chosen_models"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["chosen_models"].initial = offered
        if not row.sealed_key:
            self.fields["forget_key"].widget = forms.HiddenInput()

    def clean_address(self) -> str:
        """Refuse what an address cannot hold, naming it."""
        address = str(self.cleaned_data["address"]).strip()
        if not _ADDRESS.match(address):
            raise forms.ValidationError(
                _(
                    "An address is host:port or http(s)://host:port/path, without a user, a password, ? or #. "
                    "A key has its own field."
                )
            )
        return address

    def clean_new_key(self) -> str:
        """Refuse what no header can carry."""
        key = str(self.cleaned_data["new_key"]).strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise forms.ValidationError(_("A key has letters, digits and signs only. Check what was pasted."))
        return key

    def clean_other_models(self) -> list[str]:
        """One name a line."""
        names = [clean_line(line, NAME_LIMIT + 1) for line in self.cleaned_data["other_models"].splitlines()]
        long = next((name for name in names if len(name) > NAME_LIMIT), None)
        if long or len(names) > NAMES_LIMIT:
            raise forms.ValidationError(
                _("At most %(names)d names of at most %(length)d characters."),
                params={"names": NAMES_LIMIT, "length": NAME_LIMIT},
            )
        return [name for name in names if name]

    def clean(self) -> dict[str, Any]:
        """What belongs together: an address and its key, and a choice that is one."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("kind") == Kind.OPENAI and not found.get("address") and "address" not in self.errors:
            self.add_error("address", _("An OpenAI-compatible server needs an address, such as https://host/v1."))
        if self._key_would_move(found):
            self.add_error(
                "new_key",
                gettext("The stored key was given for %(address)s. Enter the key of the new address, or remove it.")
                % {"address": self._stored_address or _url(self._stored_kind, "")},
            )
        if not found.get("offers_all") and not self._chosen(found):
            self.add_error("chosen_models", _("Choose at least one model, or offer all."))
        return found

    def save(self, commit: bool = True) -> Backend:
        """What was entered replaces the stored key; what was changed here follows the environment no more."""
        self.apply()
        if self.has_changed():
            self.instance.from_environment = False
        return super().save(commit)

    def apply(self) -> Backend:
        """The server as it would be stored."""
        row, found = self.instance, self.cleaned_data
        row.models_offered = [] if found.get("offers_all") else self._chosen(found)
        if found.get("new_key"):
            row.key = found["new_key"]
        elif found.get("forget_key"):
            row.key = ""
        return row

    def connection_errors(self) -> list[str]:
        """What is wrong with how the server is reached; a test needs nothing else."""
        return [
            f"{self.fields[name].label}: {' '.join(map(str, self.errors[name]))}"
            for name in ("kind", "address", "new_key")
            if name in self.errors
        ]

    def _key_would_move(self, found: dict[str, Any]) -> bool:
        """Whether the stored key would be sent to another place than it was given for."""
        if not self.instance.sealed_key or found.get("new_key") or found.get("forget_key"):
            return False
        new = _place(found.get("kind", ""), found.get("address", ""))
        return "address" not in self.errors and new != _place(self._stored_kind, self._stored_address)

    def _chosen(self, found: dict[str, Any]) -> list[str]:
        return list(dict.fromkeys([*found.get("chosen_models", ()), *found.get("other_models", ())]))

    def _ticked(self) -> Iterable[str]:
        if not self.is_bound:
            return []
        name = self.add_prefix("chosen_models")
        ticked = self.data.getlist(name) if hasattr(self.data, "getlist") else self.data.get(name, [])
        return [clean_line(str(one), NAME_LIMIT) for one in ticked[:NAMES_LIMIT]]


def _place(kind: str, address: str) -> tuple[str, str]:
    parts = urlsplit(_url(kind, address))
    return parts.scheme, parts.netloc


def _url(kind: str, address: str) -> str:
    """The address as the backend calls it; not imported from there, or every process would load it at its start."""
    if kind not in Kind.values:
        return ""
    return Registry([{"name": "any", "class": CLASSES[Kind(kind)], "address": address}]).get("any").address


def _key_help(row: Backend) -> str:
    if not row.sealed_key:
        return gettext("Sent to this address only, kept encrypted, never shown again. Empty: none is sent.")
    hint = row.key_hint
    if hint is None:
        return gettext("The stored key cannot be read any more, because SECRET_KEY was changed. Enter it again.")
    if not hint:
        return gettext("A key is set. Empty: it stays.")
    return gettext("A key is set, it ends with “%(end)s”. Empty: it stays.") % {"end": hint}
