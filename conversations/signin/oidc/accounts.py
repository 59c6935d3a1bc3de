"""Accounts of people who sign in at a provider: made by the site's own rules, and never found by an address."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse, SignupClosedException
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect

from conversations.models import User
from conversations.models.user import NotAdmitted

log = logging.getLogger(__name__)


class OidcAccounts(DefaultSocialAccountAdapter):
    """Named by `SOCIALACCOUNT_ADAPTER`."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Whoever owns an address at the provider does not own the account that names it here."""
        sociallogin.email_addresses = []

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Open, by approval or closed, as for every sign-up. Raises SignupClosedException."""
        user: User = sociallogin.user
        user.set_unusable_password()
        get_account_adapter(request).populate_username(request, user)
        try:
            with transaction.atomic():
                user.join()
                sociallogin.save(request)
        except NotAdmitted as refusal:
            if refusal.code == "closed":
                raise SignupClosedException from refusal
            raise ImmediateHttpResponse(redirect("account_login")) from refusal
        return user

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """For the operator: people are told only that it failed."""
        log.warning("Sign-in at the provider failed: %s", kwargs.get("exception") or kwargs.get("error"))
