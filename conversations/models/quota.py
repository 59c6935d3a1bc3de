"""How much a person may ask for in a day, and how much they did: counters of their own, which no deletion touches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import connection, models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MOST = 10**15
_FIELDS = ("messages_soft", "messages_hard", "tokens_soft", "tokens_hard")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one thing a day: `hard` is the most, from `soft` on a person is warned. None is no bound."""

    soft: int | None = None
    hard: int | None = None

    @property
    def warn_from(self) -> int | None:
        """The soft bound; without one, four fifths of the hard one."""
        return self.soft if self.soft is not None or self.hard is None else -(-self.hard * 4 // 5)


@dataclass(frozen=True, slots=True)
class Limits:
    """A person's bounds of messages and of tokens, a day."""

    messages: Bounds = Bounds()
    tokens: Bounds = Bounds()

    @property
    def are_none(self) -> bool:
        """Whether nothing is bounded, so that nobody needs to look."""
        return self == NO_LIMITS


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Used:
    """What somebody used on a day. A message is an answer that they asked for; tokens are those read and written."""

    messages: int = 0
    tokens: int = 0


class QuotaQuerySet(models.QuerySet["Quota"]):
    def limits_of(self, user: int) -> Limits:
        """The person's own row, whole; else of their groups' rows the widest of each bound; else everybody's.

        An empty bound is the widest of all.
        """
        mine = models.Q(user=user) | models.Q(group__user=user) | models.Q(user=None, group=None)
        rows = list(self.filter(mine).distinct().values_list("user_id", "group_id", *_FIELDS))
        own = [row[2:] for row in rows if row[0] is not None]
        of_groups = [row[2:] for row in rows if row[1] is not None]
        chosen = own or of_groups or [row[2:] for row in rows]
        if not chosen:
            return NO_LIMITS
        widest = [None if None in column else max(column) for column in zip(*chosen, strict=True)]
        return Limits(Bounds(*widest[:2]), Bounds(*widest[2:]))


def _bound(name: _StrOrPromise) -> models.PositiveBigIntegerField[int | None, int | None]:
    return models.PositiveBigIntegerField(name, null=True, blank=True, validators=[MaxValueValidator(MOST)])


class Quota(models.Model):
    """The limits of one person, of a group's members, or (with neither) of everybody."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="quota",
        verbose_name=_("person"),
        help_text=_("What is set for a person holds instead of what their groups have."),
    )
    group = models.OneToOneField(
        Group,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="quota",
        verbose_name=_("group"),
        help_text=_("Who is in several groups has the widest limit of each kind. Neither chosen: for everybody else."),
    )
    messages_soft = _bound(_("messages a day, warned from"))
    messages_hard = _bound(_("messages a day, at most"))
    tokens_soft = _bound(_("tokens a day, warned from"))
    tokens_hard = _bound(_("tokens a day, at most"))

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        ordering = ("user", "group")
        constraints = (
            models.CheckConstraint(condition=models.Q(user=None) | models.Q(group=None), name="quota_of_one_kind"),
            models.UniqueConstraint(Coalesce("user", 0), Coalesce("group", 0), name="one_quota_each"),
        )

    def __str__(self) -> str:
        return str(self.user or self.group or _("Everybody"))

    def clean(self) -> None:
        """One of a kind, and no warning that would come after the end."""
        if self.user_id is not None and self.group_id is not None:
            raise ValidationError({"group": _("Choose a person or a group, not both.")})
        if (
            self.user_id is None
            and self.group_id is None
            and Quota.objects.filter(user=None, group=None).exclude(pk=self.pk).exists()
        ):
            raise ValidationError(_("There is a quota for everybody already. Change that one."))
        for soft, hard in (("messages_soft", "messages_hard"), ("tokens_soft", "tokens_hard")):
            warned, most = getattr(self, soft), getattr(self, hard)
            if warned is not None and most is not None and warned > most:
                raise ValidationError({soft: _("This is more than is allowed at all.")})


class UsageQuerySet(models.QuerySet["Usage"]):
    def of(self, user: int) -> Used:
        """What they used today."""
        found = self.filter(user=user, day=today()).values_list("messages", "tokens").first()
        return Used(*found) if found else Used()

    def add(self, user: int, messages: int = 0, tokens: int = 0) -> Used:
        """Count these on top of today's, in one statement; what it is in all."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"{_addition(connection.vendor)} RETURNING messages, tokens",
                [today(), messages, tokens, user],
            )
            found = cursor.fetchone()
        return Used(*found) if found else Used()

    def add_all(self, used: Mapping[int, Used]) -> None:
        """Count for several people on top of today's. In one order everywhere: no two processes lock each other."""
        day = today()
        rows: list[list[date | int]] = [[day, used[user].messages, used[user].tokens, user] for user in sorted(used)]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_addition(connection.vendor), rows)


class Usage(models.Model):
    """What a person used on one day of the site's time zone. It only grows."""

    # Not checked by the database: a reply that ends while its person is deleted would take other replies' ends along.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
        db_index=False,
        db_constraint=False,
    )
    day = models.DateField(_("day"))
    messages = models.PositiveBigIntegerField(_("messages"), default=0)
    tokens = models.PositiveBigIntegerField(_("tokens"), default=0)

    objects = UsageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("usage")
        ordering = ("-day", "user")
        constraints = (models.UniqueConstraint(fields=("user", "day"), name="usage_of_a_day"),)
        indexes = (models.Index(fields=("-day", "user"), name="usage_by_day"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.day}"


def summed(parts: Iterable[tuple[int, Used]]) -> dict[int, Used]:
    """What each person used in all; without those who used nothing."""
    found: dict[int, Used] = {}
    for user, used in parts:
        before = found.get(user, Used())
        if used != Used():
            found[user] = Used(before.messages + used.messages, before.tokens + used.tokens)
    return found


def today() -> date:
    """The day that is counted now, in the site's time zone."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def next_day() -> datetime:
    """When counting starts anew."""
    return datetime.combine(today() + timedelta(days=1), time(), timezone.get_default_timezone())


def seconds_left() -> int:
    """Until counting starts anew; at least one."""
    return max(1, math.ceil((next_day() - timezone.now()).total_seconds()))


@cache
def _addition(_vendor: str) -> str:
    quote = connection.ops.quote_name
    table, people = quote(Usage._meta.db_table), quote(get_user_model()._meta.db_table)
    # Only names of tables and columns are put in, and those are ours. Whoever is deleted is not counted any more.
    return (
        f"INSERT INTO {table} (user_id, day, messages, tokens)"  # noqa: S608
        f" SELECT id, %s, %s, %s FROM {people} WHERE id = %s ON CONFLICT (user_id, day) DO UPDATE"
        f" SET messages = {table}.messages + excluded.messages, tokens = {table}.tokens + excluded.tokens"
    )
