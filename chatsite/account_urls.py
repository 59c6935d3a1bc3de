"""The addresses of accounts. Named one by one: allauth has more doors than this site has use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth_views
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.utils.module_loading import import_string

from conversations.views import accounts


def later(view: str, package: str = "allauth.mfa") -> Callable[..., HttpResponseBase]:
    """The view of that name, loaded when somebody asks for it: the libraries behind it take 4 MB and more."""

    def opened(request: HttpRequest, **given: Any) -> HttpResponseBase:
        answer: HttpResponseBase = import_string(f"{package}.{view}")(request, **given)
        return answer

    return opened


def factor(address: str, view: str) -> URLPattern:
    """A page of allauth.mfa, under the name that allauth has for it."""
    return path(address, later(view), name=f"mfa_{view.rpartition('.')[2]}")


urlpatterns = [
    path("signup/", accounts.SignUpView.as_view(), name="account_signup"),
    path("login/", accounts.SignInView.as_view(), name="account_login"),
    path("logout/", accounts.SignOutView.as_view(), name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("password/set/", accounts.FirstPasswordView.as_view(), name="account_set_password"),
    path("password/reset/", accounts.ResetView.as_view(), name="account_reset_password"),
    path("password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "confirm/",
        allauth_views.ReauthenticateView.as_view(template_name="mfa/reauthenticate.html"),
        name="account_reauthenticate",
    ),
    factor("2fa/", "base.views.index"),
    factor("2fa/code/", "base.views.authenticate"),
    factor("2fa/confirm/", "base.views.reauthenticate"),
    factor("2fa/app/", "totp.views.activate_totp"),
    factor("2fa/app/remove/", "totp.views.deactivate_totp"),
    factor("2fa/recovery/", "recovery_codes.views.view_recovery_codes"),
    factor("2fa/recovery/new/", "recovery_codes.views.generate_recovery_codes"),
    factor("2fa/recovery/file/", "recovery_codes.views.download_recovery_codes"),
    factor("passkeys/", "webauthn.views.list_webauthn"),
    factor("passkeys/add/", "webauthn.views.add_webauthn"),
    factor("passkeys/login/", "webauthn.views.login_webauthn"),
    factor("passkeys/confirm/", "webauthn.views.reauthenticate_webauthn"),
    factor("passkeys/<int:pk>/remove/", "webauthn.views.remove_webauthn"),
    factor("passkeys/<int:pk>/edit/", "webauthn.views.edit_webauthn"),
    path("sessions/", accounts.SessionsView.as_view(), name="usersessions_list"),
]
if settings.OIDC_ISSUER:
    oidc = "conversations.signin.oidc.views"
    urlpatterns += [
        path("oidc/", later("login", oidc), name="oidc_login"),
        path("oidc/callback/", later("callback", oidc), name="oidc_callback"),
        path("oidc/cancelled/", later("cancelled", oidc), name="socialaccount_login_cancelled"),
        path("oidc/connection/", later("connections", oidc), name="socialaccount_connections"),
    ]
