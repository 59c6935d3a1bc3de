"""The forms of accounts: allauth's with our words, the profile, and a new token."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.accounts import change_email
from conversations.models import ApiToken, User
from conversations.models.token import NAME_LIMIT as TOKEN_NAME_LIMIT
from conversations.models.token import Scope, TooManyTokens
from conversations.text import clean_line

NAME_LIMIT = 150
PASSWORD_HINT = _("At least 10 characters, no common word, and not like your name or the site’s.")


class Labelled:
    """Labels stand above the fields; a placeholder would only say the same again and then vanish."""

    fields: dict[str, forms.Field]
    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class SignUpForm(Labelled, allauth_forms.SignupForm):
    """A name, a password, and an e-mail address for those who want one."""

    labels = {"username": _("Username"), "email": _("Email (optional)"), "password1": _("Password")}
    hints = {"password1": PASSWORD_HINT}


class SignInForm(Labelled, allauth_forms.LoginForm):
    """Username or e-mail address, and the password."""

    labels = {"login": _("Username or email"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def user_credentials(self) -> dict[str, str]:
        """As a username alone: allauth looks for it among the addresses too, and hashes twice if told both."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class ChangePasswordForm(Labelled, allauth_forms.ChangePasswordForm):
    """The old password and the new one, twice."""

    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }
    hints = {"password1": PASSWORD_HINT}


class ConfirmPasswordForm(Labelled, allauth_forms.ReauthenticateForm):
    """The password once more, before something that matters."""

    labels = {"password": _("Password")}


class SetPasswordForm(Labelled, allauth_forms.SetPasswordForm):
    """A first password."""

    labels = {"password1": _("New password"), "password2": _("New password again")}
    hints = {"password1": PASSWORD_HINT}


class ResetPasswordForm(Labelled, allauth_forms.ResetPasswordForm):
    """The address that the link is sent to."""

    labels = {"email": _("Email")}


class ResetPasswordKeyForm(Labelled, allauth_forms.ResetPasswordKeyForm):
    """What the link leads to."""

    labels = {"password1": _("New password"), "password2": _("New password again")}
    hints = {"password1": PASSWORD_HINT}


class ProfileForm(forms.Form):
    """What a person may change about themselves; nothing else that is posted is looked at."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LIMIT,
        required=False,
        help_text=_("Shown instead of the username."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        help_text=_("To sign in with, and for a new password where this site sends mail."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"name": user.get_full_name(), "email": user.email})
        self.user = user

    def save(self) -> None:
        """Store what changed."""
        if "name" in self.changed_data:
            self.user.first_name, self.user.last_name = clean_line(self.cleaned_data["name"], NAME_LIMIT), ""
            self.user.save(update_fields=["first_name", "last_name"])
        if "email" in self.changed_data:
            change_email(self.user, self.cleaned_data["email"])


class TokenForm(forms.Form):
    """What a new token is called, what it may do, and how long."""

    UNTIL = "until"
    name = forms.CharField(
        label=_("What it is for"),
        max_length=TOKEN_NAME_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )
    lifetime = forms.ChoiceField(
        label=_("Valid for"),
        choices=[
            ("7", _("7 days")),
            ("30", _("30 days")),
            ("90", _("90 days")),
            (UNTIL, _("until a day of your choice")),
            ("", _("ever")),
        ],
        required=False,
        initial="30",
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Only for a day of your choice."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="token_%s")
        self.user = user
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope.value, scope.label) for scope in Scope.offered_to(user)]

    def clean_name(self) -> str:
        """One line, which says something."""
        name = clean_line(self.cleaned_data["name"], TOKEN_NAME_LIMIT)
        if not name:
            raise forms.ValidationError(_("Write what the token is for."))
        return name

    def clean(self) -> dict[str, Any]:
        """A day of one's choice is one that is still to come."""
        found: dict[str, Any] = self.cleaned_data
        if found.get("lifetime") == self.UNTIL and "until" not in self.errors:
            day = found.get("until")
            if day is None:
                self.add_error("until", _("Choose the last day."))
            elif day < timezone.localdate():
                self.add_error("until", _("This day is over. Choose a later one."))
        return found

    def save(self) -> str | None:
        """Make the token; its secret. None, with an error, when there are too many."""
        given = self.cleaned_data
        try:
            _token, secret = ApiToken.issue(self.user, given["name"], given["scopes"], self._expires_at())
        except TooManyTokens:
            self.add_error(None, _("You have too many tokens. Revoke one that is not used any more."))
            return None
        return secret

    def _expires_at(self) -> datetime | None:
        """The end of the last day, where one is set."""
        lifetime = self.cleaned_data["lifetime"]
        if lifetime == self.UNTIL:
            return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time.max))
        return timezone.now() + timedelta(days=int(lifetime)) if lifetime else None
