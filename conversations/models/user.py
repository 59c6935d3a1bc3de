"""People: Django's user, how one signs up, and whether an administrator has let them in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import IntegrityError, models, transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from conversations.models.site import SignUp, SiteSettings


class NotAdmitted(ValueError):
    """A sign-up that is refused; `code` is `closed` or `taken`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class People(UserManager["User"]):
    """All accounts."""

    use_in_migrations = False

    def waiting(self) -> models.QuerySet[User]:
        """Who signed up and waits for an administrator."""
        return self.filter(is_approved=False, is_active=True)

    def may_sign_up(self) -> bool:
        """Whether a sign-up would be taken now; the first one always is."""
        return SiteSettings.load().signup != SignUp.CLOSED or not self.exists()


class User(AbstractUser):
    """An account. `is_active` is the administrator's switch, `is_approved` the answer to a sign-up."""

    is_approved = models.BooleanField(_("approved"), default=True, db_index=True)

    objects: ClassVar[People] = People()

    class Meta(AbstractUser.Meta):
        pass

    @property
    def is_admitted(self) -> bool:
        """Signed up, let in, and not switched off."""
        return self.is_active and self.is_approved

    @property
    def may_chat(self) -> bool:
        """Admitted, and with a second factor where the site asks everybody for one."""
        return self.is_admitted and not self.is_kept_out

    @property
    def is_kept_out(self) -> bool:
        """Whether they lack the second factor that the site asks everybody for."""
        return SiteSettings.believed().everybody_second_factor and not self.has_second_factor

    @property
    def may_manage_library(self) -> bool:
        """Whether they may change what the model servers have installed."""
        return self.may_chat and self.has_perm("conversations.manage_library")

    @cached_property
    def has_second_factor(self) -> bool:
        """An app that shows codes, or a passkey. Asked once per request."""
        factors: models.Manager[models.Model] = self.authenticator_set  # type: ignore[attr-defined]
        return factors.exclude(type="recovery_codes").exists()

    @cached_property
    def lacks_second_factor(self) -> bool:
        """Staff without one, where the site's settings ask staff for one: they have no rights until they set one up."""
        asks = self.is_staff and SiteSettings.load().staff_second_factor
        return self.is_kept_out or (asks and not self.has_second_factor)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's answer, and none of it for staff who lack their second factor."""
        return super().has_perm(perm, obj) and not self.lacks_second_factor

    def has_module_perms(self, app_label: str) -> bool:
        """The same."""
        return super().has_module_perms(app_label) and not self.lacks_second_factor

    @property
    def initials(self) -> str:
        """One or two letters for the round badge."""
        words = (self.get_full_name() or self.get_username()).split()
        return "".join(word[0] for word in words[:2]).upper()

    def join(self) -> None:
        """Save this new account by the rules of sign-up; the first of all becomes the administrator.

        One transaction decides, behind a lock that every sign-up takes: there is one first. Raises NotAdmitted.
        """
        self.username = self.normalize_username(self.username)
        SiteSettings.load()
        try:
            with transaction.atomic():
                rules = SiteSettings.objects.select_for_update().get(pk=1)
                self._take_place(rules.signup)
                self.save()
        except IntegrityError:
            raise NotAdmitted("taken") from None

    def _take_place(self, signup: str) -> None:
        is_first = not User.objects.exists()
        if signup == SignUp.CLOSED and not is_first:
            raise NotAdmitted("closed")
        if User.objects.filter(username__iexact=self.username).exists():
            raise NotAdmitted("taken")
        self.is_staff = self.is_superuser = is_first
        self.is_approved = is_first or signup == SignUp.OPEN
