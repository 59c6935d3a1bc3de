"""The forms of second factors: allauth's with our words. Named in `MFA_FORMS`, loaded when one is shown."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base import forms as base_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django.utils.translation import gettext_lazy as _

from conversations.account_forms import Labelled

NAME_LIMIT = 60
CODE_HINT = _("Six digits from the app, or one of your recovery codes.")


class SignInCodeForm(Labelled, base_forms.AuthenticateForm):
    """A code at sign-in."""

    labels = {"code": _("Code")}
    hints = {"code": CODE_HINT}


class ConfirmCodeForm(Labelled, base_forms.ReauthenticateForm):
    """A code before something that matters."""

    labels = {"code": _("Code")}
    hints = {"code": CODE_HINT}


class AppForm(Labelled, totp_forms.ActivateTOTPForm):
    """The first code that the app shows."""

    labels = {"code": _("Code that the app shows")}


class PasskeyForm(Labelled, passkey_forms.AddWebAuthnForm):
    """A new passkey, which signs in alone unless its owner wants it as a second factor only."""

    labels = {"name": _("Name"), "passwordless": _("Sign in with it alone, without the password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs.update(maxlength=NAME_LIMIT, autocomplete="off")
        self.fields["passwordless"].initial = True

    def clean_name(self) -> str:
        """Its name, cut to what a line holds: the key is made already."""
        return str(super().clean_name())[:NAME_LIMIT]
