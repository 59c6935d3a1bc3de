"""A server that runs models, as an administrator set it up, and how its models are asked by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.sampling import Sampling
from conversations.sealing import Unreadable, seal, unseal

BUILT_IN = "eliza"
PARALLEL_MOST = 4096
SHORTEST_HINTED_KEY = 12


class Kind(models.TextChoices):
    """What a server speaks."""

    OLLAMA = "ollama", "Ollama"
    OPENAI = "openai", _("OpenAI-compatible")


class BackendQuerySet(models.QuerySet["Backend"]):
    def follow_environment(self) -> None:
        """Keep the rows of OLLAMA_HOST and OPENAI_BASE_URL in step with these variables, unless they were edited."""
        named = {str(spec["name"]): spec for spec in settings.BACKENDS if "kind" in spec}
        for position, (name, spec) in enumerate(named.items()):
            row = self.filter(name=name).first() or Backend(name=name, from_environment=True, position=position)
            if row.from_environment and row.take(spec):
                row.save(using=self.db)
        for row in self.filter(from_environment=True).exclude(name__in=named):
            row.delete()


def named_by_environment(name: str) -> bool:
    """Whether a variable names this server, so that it would be back after the next start."""
    return any(spec["name"] == name and "kind" in spec for spec in settings.BACKENDS)


def _not_built_in(name: str) -> None:
    if name == BUILT_IN:
        raise ValidationError(_("“%(name)s” is the built-in program. Choose another name."), params={"name": name})


class Backend(models.Model):
    """A model server. `name` is what conversations and replies remember; `sealed_key` is never shown."""

    label = models.CharField(_("title"), max_length=100, help_text=_("What people see in the list of models."))
    name = models.CharField(
        _("name"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9_-]*\Z", _("Use small letters, digits, - and _, beginning with a letter or digit.")
            ),
            _not_built_in,
        ],
        help_text=_("Short, for programs and addresses. Replies remember it, so it stays as it is."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OLLAMA)
    address = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        help_text=_("Such as 192.168.1.20:11434 for Ollama, https://host/v1 for an OpenAI-compatible server."),
    )
    sealed_key = models.TextField(blank=True, editable=False)
    parallel = models.PositiveSmallIntegerField(
        _("replies at a time"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(PARALLEL_MOST)],
        help_text=_("More wait in line. For Ollama, as many as its OLLAMA_NUM_PARALLEL."),
    )
    is_enabled = models.BooleanField(
        _("in use"), default=True, help_text=_("Without it the server is asked nothing and its models are not listed.")
    )
    models_offered = models.JSONField(_("models offered"), default=list, blank=True)
    pool = models.CharField(
        _("pool"),
        max_length=60,
        blank=True,
        help_text=_(
            "Servers of one kind and pool share the load of the models that they both have. Empty: Ollama servers "
            "share with each other, an OpenAI-compatible server with nobody."
        ),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=10, help_text=_("Small numbers come first in the list of models.")
    )
    from_environment = models.BooleanField(default=False, editable=False)

    objects = BackendQuerySet.as_manager()

    class Meta:
        verbose_name = _("model server")
        verbose_name_plural = _("model servers")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.label or self.name

    @property
    def key(self) -> str:
        """Its key; empty without one. Raises Unreadable after SECRET_KEY was changed."""
        return unseal(self.sealed_key)

    @key.setter
    def key(self, value: str) -> None:
        self.sealed_key = seal(value.strip())

    @property
    def key_hint(self) -> str | None:
        """The key's last characters, empty when it is too short to tell any; None when it cannot be read."""
        try:
            key = self.key
        except Unreadable:
            return None
        return key[-4:] if len(key) >= SHORTEST_HINTED_KEY else ""

    def take(self, spec: Mapping[str, Any]) -> bool:
        """Be what the environment says; whether that is something else than before."""
        before = (self.pk, self.kind, self.label, self.address, self.parallel, self._known_key())
        self.kind, self.address, self.parallel = spec["kind"], spec["address"], spec["parallel"]
        self.label = spec["label"]
        key = spec.get("options", {}).get("api_key", "")
        if self._known_key() != key:
            self.key = key
        return self.pk is None or before != (self.pk, self.kind, self.label, self.address, self.parallel, key)

    def _known_key(self) -> str | None:
        try:
            return self.key
        except Unreadable:
            return None


class ModelDefaults(models.Model):
    """How a model of a server is asked where the conversation says nothing: by its own settings these are replaced."""

    backend = models.ForeignKey(Backend, models.CASCADE, related_name="defaults")
    model_name = models.CharField(_("model"), max_length=300)
    system_prompt = models.TextField(_("system prompt"), blank=True)
    think = models.CharField(_("thinking"), max_length=6, blank=True)
    sampling = models.JSONField(_("sampling options"), default=dict, blank=True)

    class Meta:
        verbose_name = _("defaults of a model")
        verbose_name_plural = _("defaults of its models")
        ordering = ("model_name",)
        constraints = (models.UniqueConstraint(fields=("backend", "model_name"), name="one_row_of_defaults_per_model"),)

    def __str__(self) -> str:
        return self.model_name

    def settings(self) -> Sampling:
        """The sampling options; stored ones that are not accepted any more are dropped."""
        known = {name: value for name, value in self.sampling.items() if name in Sampling.model_fields}
        return Sampling.model_construct(**known)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is set."""
        return not (self.sampling or self.system_prompt or self.think)
