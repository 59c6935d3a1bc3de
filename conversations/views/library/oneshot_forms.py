"""The forms of trying a model: one prompt, or a few texts as vectors, each with what its server takes beside it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from conversations.backends.library import EmbedRequest, GenerateRequest
from conversations.faults import UPLOADS
from conversations.forms import THINK_CHOICES
from conversations.library.oneshot import IMAGES, TEXT
from conversations.sampling import Sampling
from conversations.sampling.advice import advice_on
from conversations.sampling.values import think_value
from conversations.sampling.words import OPTIONS
from conversations.structured.checking import wrong_with_schema
from conversations.structured.formats import Format, NotAFormat, Problem, read_schema
from conversations.structured.words import place, sentence
from conversations.uploads.receiving import Rejected, picture_of
from conversations.views.library.forms import parameters

LINES = 50  # texts at a time: more make no table to look at
_CODE = {"spellcheck": "false", "autocomplete": "off", "class": "code"}


class Pictures(forms.FileField):
    """Several pictures, each read anew as those of a chat are."""

    class Input(forms.FileInput):
        """Takes more than one."""

        allow_multiple_selected = True

    widget = Input(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"})

    def clean(self, data: Any, initial: Any = None) -> list[str]:
        """As base64. Raises ValidationError naming the limit, or the picture that cannot be read."""
        files = [file for file in data or [] if isinstance(file, UploadedFile)]
        if len(files) > IMAGES:
            raise forms.ValidationError(_("At most %(limit)s pictures at a time.") % {"limit": IMAGES})
        return [b64encode(_picture(file)).decode() for file in files]


class OneShotForm(forms.Form):
    """What both have. `able` holds what the server and the model can; fields of anything else are not there."""

    needs: dict[str, str] = {"options": "generate", "keep_alive": "raw"}

    options = forms.CharField(
        label=gettext_lazy("Parameters"),
        required=False,
        max_length=4096,
        help_text=gettext_lazy("One on each line, such as “temperature 0.7”. A “stop” may come more than once."),
        widget=forms.Textarea(attrs={"rows": 3, **_CODE}),
    )
    keep_alive = forms.CharField(
        label=gettext_lazy("Keep loaded"),
        required=False,
        help_text=gettext_lazy("Seconds, or a duration such as 5m; 0 unloads it at once."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, able: frozenset[str]) -> None:
        super().__init__(data, files, auto_id="try-%s")
        for name, need in self.needs.items():
            if need not in able:
                del self.fields[name]
        for field in self.fields.values():
            field.widget.attrs.pop("maxlength", None)  # a browser would cut what is pasted, in silence

    @property
    def folded(self) -> list[forms.BoundField]:
        """All but what is asked."""
        return list(self)[1:]

    @property
    def is_open(self) -> bool:
        """Whether a folded field needs to be seen."""
        return any(field.errors for field in self.folded)

    def clean_options(self) -> dict[str, object]:
        """Within their types and ranges. Raises ValidationError naming each that is not."""
        return parameters(self.cleaned_data["options"])

    def clean_keep_alive(self) -> str | float | None:
        """As Ollama takes it. Raises ValidationError."""
        try:
            return Sampling(keep_alive=self.cleaned_data["keep_alive"] or None).keep_alive_value()
        except ValidationError:
            raise forms.ValidationError(advice_on("keep_alive", OPTIONS["keep_alive"])) from None


class PromptForm(OneShotForm):
    """One prompt."""

    needs = {
        "options": "generate", "images": "vision", "suffix": "suffix", "raw": "raw", "template": "raw",
        "think": "thinking", "keep_alive": "raw",
    }  # fmt: skip
    field_order = (
        "prompt", "images", "system", "suffix", "raw", "template", "format", "think", "options", "keep_alive",
    )  # fmt: skip

    prompt = forms.CharField(
        label=gettext_lazy("Prompt"), max_length=TEXT, strip=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    images = Pictures(label=gettext_lazy("Pictures"), required=False)
    system = forms.CharField(
        label=gettext_lazy("System prompt"),
        required=False,
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    suffix = forms.CharField(
        label=gettext_lazy("Text after the gap"),
        required=False,
        strip=False,
        max_length=TEXT,
        help_text=gettext_lazy("The model writes what stands between the prompt and this text."),
        widget=forms.Textarea(attrs={"rows": 2, **_CODE}),
    )
    raw = forms.BooleanField(
        label=gettext_lazy("Send the prompt as it is, without the model’s template"), required=False
    )
    template = forms.CharField(
        label=gettext_lazy("Template"),
        required=False,
        strip=False,
        max_length=TEXT,
        help_text=gettext_lazy("In Go’s template language. Leave it empty unless you know why not."),
        widget=forms.Textarea(attrs={"rows": 2, **_CODE}),
    )
    format = forms.CharField(
        label=gettext_lazy("Form of the answer"),
        required=False,
        help_text=gettext_lazy("Empty for free text, the word json, or a JSON schema."),
        widget=forms.Textarea(attrs={"rows": 2, **_CODE}),
    )
    think = forms.ChoiceField(label=gettext_lazy("Thinking"), choices=THINK_CHOICES, required=False)

    def clean_format(self) -> Format:
        """`json` or a schema. Raises ValidationError with all that is wrong with it."""
        text = self.cleaned_data["format"].strip()
        if text.strip('"') in ("", "json"):
            return "json" if text else None
        try:
            schema = read_schema(text)
            wrong = wrong_with_schema(schema)
        except NotAFormat as error:
            wrong = list(error.problems)
        if wrong:
            raise forms.ValidationError(list(map(_words, wrong)))
        return schema

    def request(self, model: str) -> GenerateRequest:
        """What to ask: only what is set."""
        found = dict(self.cleaned_data)
        think = think_value(found.pop("think", ""))
        options = found.pop("options", {})
        return GenerateRequest(
            model, found.pop("prompt"), think=think, options=options,
            **{name: value for name, value in found.items() if value not in ("", None)},
        )  # fmt: skip


class TextsForm(OneShotForm):
    """Texts to be turned into vectors."""

    needs = {"options": "raw", "is_cut": "raw", "keep_alive": "raw"}
    field_order = ("texts", "dimensions", "is_cut", "options", "keep_alive")

    texts = forms.CharField(
        label=gettext_lazy("Texts, one on each line"), max_length=TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )
    dimensions = forms.IntegerField(
        label=gettext_lazy("Dimensions"),
        required=False,
        min_value=1,
        max_value=65_536,
        help_text=gettext_lazy("Fewer than the model’s own, where it can. Leave it empty for all."),
    )
    is_cut = forms.BooleanField(
        label=gettext_lazy("Cut off what is too long for the model"), required=False, initial=True
    )

    def clean_texts(self) -> list[str]:
        """The lines that say something. Raises ValidationError naming the limit."""
        texts = list(filter(None, map(str.strip, self.cleaned_data["texts"].splitlines())))
        if len(texts) > LINES:
            raise forms.ValidationError(_("At most %(limit)s texts at a time.") % {"limit": LINES})
        return texts

    def request(self, model: str) -> EmbedRequest:
        """What to ask: only what is set."""
        found = self.cleaned_data
        return EmbedRequest(
            model,
            found["texts"],
            truncate=None if found.get("is_cut", True) else False,
            dimensions=found["dimensions"],
            options=found.get("options", {}),
            keep_alive=found.get("keep_alive"),
        )


def _picture(file: UploadedFile[bytes]) -> bytes:
    try:
        if (file.size or 0) > settings.UPLOAD_BYTES:
            limit, size = settings.UPLOAD_BYTES >> 20, round((file.size or 0) / 2**20, 1)
            raise Rejected("file_size", limit=limit, size=size)
        return picture_of(file.read())
    except Rejected as rejected:
        words = UPLOADS[rejected.code]
        text = str(words.text) % rejected.values
        raise forms.ValidationError(f"{file.name}: {text} {words.advice}") from None


def _words(problem: Problem) -> str:
    where = place(problem)
    return f"{where}: {sentence(problem)}" if where else sentence(problem)
