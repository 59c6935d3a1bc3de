"""To the provider, back from it, and one's own connection to it."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from conversations.signin.oidc.provider import OidcAdapter

NOT_UNDERSTOOD = (OAuth2Error, RequestException, KeyError, ValueError, TypeError)
"""The provider is away, or what it said is not what OpenID Connect says."""


@never_cache
@require_POST
def login(request: HttpRequest) -> HttpResponse:
    """To the provider. Through a page, because the policy lets forms lead nowhere else."""
    adapter = OidcAdapter(request)
    provider = adapter.get_provider()
    if request.POST.get("process") == "connect" and not did_recently_reauthenticate(request):
        return redirect("socialaccount_connections")
    try:
        answer: HttpResponse = provider.redirect_from_request(request)
    except NOT_UNDERSTOOD as error:
        return _failed(request, provider, error)
    if isinstance(answer, HttpResponseRedirect):
        context = {"address": answer.url, "name": settings.OIDC_NAME}
        answer = render(request, "socialaccount/leading.html", context)
    return answer


class Callback(OAuth2CallbackView):
    """allauth's way back, which gives the adapter the nonce of this sign-in."""

    def _get_state(self, request: HttpRequest, provider: object) -> tuple[dict[str, str] | None, HttpResponse | None]:
        state, answer = super()._get_state(request, provider)
        if state:
            self.adapter.nonce = state.get("nonce", "")
        return state, answer


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider."""
    adapter = OidcAdapter(request)
    try:
        answer: HttpResponse = Callback.adapter_view(adapter)(request)
    except ImmediateHttpResponse as error:
        answer = error.response
    except NOT_UNDERSTOOD as error:
        answer = _failed(request, adapter.get_provider(), error)
    return answer


@never_cache
@require_GET
def cancelled(request: HttpRequest) -> HttpResponse:
    """Somebody said no over there."""
    messages.info(request, _("You did not sign in there. Try again, or sign in here."))
    return redirect("account_login")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # a way in, like a second factor
def connections(request: HttpRequest) -> HttpResponse:
    """Connect the account to the one at the provider, or end that."""
    form = DisconnectForm(data=request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("socialaccount_connections")
    return render(request, "socialaccount/connections.html", {"form": form, "name": settings.OIDC_NAME})


def _failed(request: HttpRequest, provider: object, error: Exception) -> HttpResponse:
    answer: HttpResponse = render_authentication_error(request, provider, exception=error)
    return answer
