"""Second factors: their secrets sealed in the database, our words, and a step of sign-in that loads little."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from allauth.account.stages import LoginStage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.models import User
from conversations.sealing import Unreadable, seal, unseal


class FactorAdapter(DefaultMFAAdapter):
    """Named by `MFA_ADAPTER`."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "This code is not correct, or it is used up. Wait for the next one, then try again."
        ),
    }

    def encrypt(self, text: str) -> str:
        """A copy of the database alone makes no codes."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; one that no code fits when SECRET_KEY was lost. An administrator removes the factor then."""
        try:
            return unseal(encrypted_text)
        except Unreadable:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """The name, which stays; the address may change."""
        return user.get_username()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:  # noqa: A002
        """What a new passkey is called until its owner knows better."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": count + 1}


class SecondFactorStage(LoginStage):
    """allauth's step, loaded for those who have a second factor: it costs a process 4 MB."""

    key = LoginStageKey.MFA_AUTHENTICATE.value
    urlname = "mfa_authenticate"

    def handle(self) -> tuple[Any, bool]:
        """The answer that asks for the factor, or none, and whether to go on."""
        user = self.login.user
        if not isinstance(user, User) or not user.has_second_factor:
            return None, True
        stage = import_string("allauth.mfa.stages.AuthenticateStage")(self.controller, self.request, self.login)
        answer: tuple[Any, bool] = stage.handle()
        return answer
