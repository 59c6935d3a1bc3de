"""The addresses of accounts. Named one by one: allauth has more doors than this site has use for."""

from __future__ import annotations

from allauth.account import views as allauth_views
from allauth.usersessions import views as session_views
from django.urls import path, re_path

from conversations.views import accounts

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
    path("sessions/", session_views.list_usersessions, name="usersessions_list"),
]
