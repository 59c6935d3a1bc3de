"""What an administrator sets for the whole site, live: one row."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class SignUp(models.TextChoices):
    """Who may make an account."""

    OPEN = "open", _("Open: everybody, at once")
    APPROVAL = "approval", _("By approval: an administrator lets each person in")
    CLOSED = "closed", _("Closed: administrators make accounts")


class SiteSettings(models.Model):
    """The one row of settings; made from the environment (`SIGNUP`) when it is first asked for."""

    signup = models.CharField(_("sign-up"), max_length=10, choices=SignUp.choices, default=SignUp.APPROVAL)
    staff_second_factor = models.BooleanField(
        _("staff need a second factor"),
        default=False,
        help_text=_("An app that shows codes, or a passkey. Until they have set one up, staff have no rights."),
    )
    replies_per_user = models.PositiveSmallIntegerField(
        _("replies at once per person"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("Running and waiting together. More are refused until one is done."),
    )
    megabytes_per_user = models.PositiveIntegerField(
        _("space for files per person, in MB"),
        default=1024,
        validators=[MaxValueValidator(100_000_000)],
        help_text=_("All that a person has added, sent or not, counts. More is refused. 0: no limit."),
    )
    reading_enabled = models.BooleanField(
        _("staff may read conversations"),
        default=True,
        help_text=_("Switched off, nobody but its owner opens a conversation, whatever their rights."),
    )
    reading_told_after = models.PositiveIntegerField(
        _("hours until people are told that one was read"),
        default=0,
        validators=[MaxValueValidator(24 * 366)],
        help_text=_("0: at once. They always are told in the end, with the name and the reason."),
    )
    trash_days = models.PositiveSmallIntegerField(
        _("days in the trash"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("What somebody deleted can be restored for so long; then it goes for good."),
    )
    retention_days = models.PositiveIntegerField(
        _("days that conversations are kept after the last activity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36_500)],
        help_text=_("For people without a retention rule of their groups. Empty: until they delete them."),
    )
    purge_due_at = models.DateTimeField(null=True, editable=False)  # whichever process moves it on does the purge

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def bytes_per_user(self) -> int | None:
        """How much a person's files may take; None is no limit."""
        return self.megabytes_per_user * 1024 * 1024 or None

    @classmethod
    def load(cls) -> SiteSettings:
        """The settings as they are now."""
        found, _created = cls.objects.get_or_create(pk=1, defaults={"signup": settings.SIGNUP})
        return found
