"""What an administrator sets for the whole site, live: one row."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

BELIEVED_SECONDS = 15.0
"""How long what was read is good enough for what every request asks."""


class SignUp(models.TextChoices):
    """Who may make an account."""

    OPEN = "open", _("Open: everybody, at once")
    APPROVAL = "approval", _("By approval: an administrator lets each person in")
    CLOSED = "closed", _("Closed: administrators make accounts")


class Sharing(models.TextChoices):
    """Who reads a conversation by the link that its owner has made."""

    OFF = "off", _("Nobody: there are no links")
    MEMBERS = "members", _("People with an account here")
    ANYONE = "anyone", _("Everybody who has the link")


class SiteSettings(models.Model):
    """The one row of settings; made from the environment (`SIGNUP`) when it is first asked for."""

    signup = models.CharField(_("sign-up"), max_length=10, choices=SignUp.choices, default=SignUp.APPROVAL)
    staff_second_factor = models.BooleanField(
        _("staff need a second factor"),
        default=False,
        help_text=_("An app that shows codes, or a passkey. Until they have set one up, staff have no rights."),
    )
    everybody_second_factor = models.BooleanField(
        _("everybody needs a second factor"),
        default=False,
        help_text=_("Until they have set one up, people see only the pages for that, and their tokens open nothing."),
    )
    idle_days = models.PositiveSmallIntegerField(
        _("days without use until a session ends"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Then one signs in again. After 30 days every session ends."),
    )
    oidc_acr = models.CharField(
        _("strength that the provider must tell"),
        max_length=200,
        blank=True,
        help_text=_(
            "Values of acr, with spaces between them: who signs in at the OpenID Connect provider comes in with "
            "one of these only. Empty: it is not asked."
        ),
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
    sharing = models.CharField(
        _("shared links are read by"),
        max_length=10,
        choices=Sharing.choices,
        default=Sharing.MEMBERS,
        help_text=_("By a link that its owner makes, a conversation can be read as it was then."),
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

    _read: ClassVar[tuple[float, SiteSettings] | None] = None

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store them; this process believes them at once, others within BELIEVED_SECONDS."""
        super().save(*args, **kwargs)
        self.forget()

    @property
    def bytes_per_user(self) -> int | None:
        """How much a person's files may take; None is no limit."""
        return self.megabytes_per_user * 1024 * 1024 or None

    @classmethod
    def load(cls) -> SiteSettings:
        """The settings as they are now."""
        found, _created = cls.objects.get_or_create(pk=1, defaults={"signup": settings.SIGNUP})
        return found

    @classmethod
    def believed(cls) -> SiteSettings:
        """The settings as they were BELIEVED_SECONDS ago or later, for what no statement is to be spent on."""
        now = time.monotonic()
        if cls._read is None or now - cls._read[0] > BELIEVED_SECONDS:
            cls._read = now, cls.load()
        return cls._read[1]

    @classmethod
    def forget(cls) -> None:
        """Read them anew the next time."""
        cls._read = None
