"""What Chatsite adds to django-allauth: its rules of sign-up, and limits that a choice of address does not evade."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conversations.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Named by `ACCOUNT_ADAPTER`."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The name or the password is not correct."),
        "email_password_mismatch": _("The name or the password is not correct."),
        "too_many_login_attempts": _("That was too often. Wait three minutes, then try again."),
        "enter_current_password": _("This is not the current password."),
        "invalid_password_reset": _("This link is used up. Get a new one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the form is shown and taken; `User.join` has the last word."""
        return User.objects.may_sign_up()

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Save a sign-up. Raises NotAdmitted. The slow hash of the password is made before the lock is taken."""
        super().save_user(request, user, form, commit=False)
        if commit:
            user.join()
        return user

    def get_login_stages(self) -> list[str]:
        """What stands between the password and the site."""
        return ["conversations.signin.factors.SecondFactorStage"]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where the link was."""
        return reverse("account")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the name alone: allauth adds the host, of which `ALLOWED_HOSTS` may match any number."""
        return str(credentials.get("email", credentials.get("username", ""))).lower()


def sends_mail() -> bool:
    """Whether a mail server is named; without one, a reset of a password must not pretend to have sent something."""
    return bool(settings.EMAIL_HOST)


def change_email(user: User, email: str) -> None:
    """Make `email` the only address of `user`: one that lingers in allauth's table could still reset the password."""
    user.email = email.lower()
    with transaction.atomic():
        user.save(update_fields=["email"])
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        if user.email:
            EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
