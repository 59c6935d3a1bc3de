"""The addresses of accounts. Named one by one: allauth has more doors than this site has use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth_views
from allauth.usersessions import views as session_views
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, re_path
from django.utils.module_loading import import_string

from conversations.views import accounts


def later(view: str, package: str = "allauth.mfa") -> Callable[..., HttpResponseBase]:
    """The view of that name, loaded when somebody asks for it: the libraries behind it take 4 MB and more."""

    def opened(request: HttpRequest, **given: Any) -> HttpResponseBase:
        answer: HttpResponseBase = import_string(f"{package}.{view}")(request, **given)
        return answer

    return opened


urlpatterns = [
    path("signup/", accounts.SignUpView.as_view(), name="account_signup"),
    path("login/", accounts.SignInView.as_view(), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("password/set/", allauth_views.password_set, name="account_set_password"),
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
        allauth_views.ReauthenticateView.as_view(template_name="mfa/password.html"),
        name="account_reauthenticate",
    ),
    path("2fa/", later("base.views.index"), name="mfa_index"),
    path("2fa/code/", later("base.views.authenticate"), name="mfa_authenticate"),
    path("2fa/confirm/", later("base.views.reauthenticate"), name="mfa_reauthenticate"),
    path("2fa/app/", later("totp.views.activate_totp"), name="mfa_activate_totp"),
    path("2fa/app/remove/", later("totp.views.deactivate_totp"), name="mfa_deactivate_totp"),
    path("2fa/recovery/", later("recovery_codes.views.view_recovery_codes"), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery/new/", later("recovery_codes.views.generate_recovery_codes"), name="mfa_generate_recovery_codes"
    ),
    path(
        "2fa/recovery/file/", later("recovery_codes.views.download_recovery_codes"), name="mfa_download_recovery_codes"
    ),
    path("passkeys/", later("webauthn.views.list_webauthn"), name="mfa_list_webauthn"),
    path("passkeys/add/", later("webauthn.views.add_webauthn"), name="mfa_add_webauthn"),
    path("passkeys/login/", later("webauthn.views.login_webauthn"), name="mfa_login_webauthn"),
    path("passkeys/confirm/", later("webauthn.views.reauthenticate_webauthn"), name="mfa_reauthenticate_webauthn"),
    path("passkeys/<int:pk>/remove/", later("webauthn.views.remove_webauthn"), name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/edit/", later("webauthn.views.edit_webauthn"), name="mfa_edit_webauthn"),
    path("sessions/", session_views.list_usersessions, name="usersessions_list"),
]
if settings.OIDC_ISSUER:
    oidc = "conversations.signin.oidc.views"
    urlpatterns += [
        path("oidc/", later("login", oidc), name="oidc_login"),
        path("oidc/callback/", later("callback", oidc), name="oidc_callback"),
        path("oidc/cancelled/", later("cancelled", oidc), name="socialaccount_login_cancelled"),
        path("oidc/connection/", later("connections", oidc), name="socialaccount_connections"),
    ]
