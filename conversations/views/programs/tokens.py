"""One's API tokens: made, listed, revoked. A secret is in the one answer to making it, and nowhere else."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conversations.account_forms import TokenForm
from conversations.models import ApiToken
from conversations.views.access import member_required
from conversations.views.lookups import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The list with the form below; after making one, its secret above."""
    user, secret = member_of(request), None
    form = TokenForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        secret = form.save()
    status = 422 if form.is_bound and secret is None else 200
    context = {"form": TokenForm(user) if secret else form, "secret": secret, "tokens": ApiToken.objects.of(user)}
    return render(request, "account/tokens/page.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def revoke(request: HttpRequest, token: int) -> HttpResponse:
    """Asks first; what is posted ends the token for good."""
    found = get_object_or_404(ApiToken.objects.of(member_of(request)), pk=token)
    if request.method != "POST":
        return render(request, "account/tokens/revoke.html", {"token": found})
    found.delete()
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": found.name})
    return redirect("tokens")
