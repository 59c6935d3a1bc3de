"""Review projects: who reviews, by which rubric, and whether they may know whose conversations they read."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _salt() -> str:
    return secrets.token_hex(32)


class Project(models.Model):
    """A body of review work. In a blind one, people and models have pseudonyms that `salt` makes stable."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.TextField(_("what it is for"), blank=True, max_length=2000)
    is_blind = models.BooleanField(
        _("blind"), default=False, help_text=_("Reviewers see pseudonyms: no names, addresses or models.")
    )
    is_open = models.BooleanField(_("open"), default=True, help_text=_("A closed one can be read, not worked in."))
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="review_projects", blank=True, verbose_name=_("reviewers")
    )
    salt = models.CharField(max_length=64, default=_salt, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("review project")
        verbose_name_plural = _("review projects")
        ordering = ("name",)
        permissions = (("unblind_project", _("Can see who is behind a pseudonym")),)

    def __str__(self) -> str:
        return self.name


class Criterion(models.Model):
    """One question of a project's rubric, answered on a scale from `lowest` to `highest`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="criteria", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=80)
    question = models.CharField(_("question"), max_length=300, blank=True)
    lowest = models.SmallIntegerField(_("lowest"), default=1)
    highest = models.SmallIntegerField(_("highest"), default=5)
    words = models.JSONField(
        _("words of the scale"),
        default=list,
        blank=True,
        help_text=_("A word for each step, lowest first; or none."),
    )
    position = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="criterion_once_in_project"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a scale that no one can answer on. Raises ValidationError."""
        if not 1 <= self.highest - self.lowest <= 20:
            raise ValidationError({"highest": _("A scale has 2 to 21 steps: set it above the lowest.")})
        if self.words and len(self.words) != len(self.scale):
            raise ValidationError({"words": _("Give a word for each step, or none.")})

    @property
    def scale(self) -> range:
        """The values, lowest first."""
        return range(self.lowest, self.highest + 1)


class Assessment(models.Model):
    """One reviewer's answer to one criterion for one conversation of a project."""

    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="assessments")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="assessments", verbose_name=_("criterion"))
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("reviewer"))
    value = models.SmallIntegerField(_("value"))
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = (
            models.UniqueConstraint(fields=("case", "criterion", "reviewer"), name="assessed_once_by_a_reviewer"),
        )

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"
