"""Accounts: allauth's sign-up, sign-in and reset with what differs here, the waiting page, one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LoginView, LogoutView, PasswordResetView, PasswordSetView, SignupView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from conversations.account_forms import ProfileForm
from conversations.accounts import sends_mail
from conversations.generation.fairness.showing import day_of
from conversations.models import SiteSettings, User
from conversations.models.user import NotAdmitted
from conversations.signin import record
from conversations.signin.confirming import SIGN_IN_AGAIN, is_confirmed
from conversations.uploads.showing import space_of
from conversations.views.access import forgetting, signed_out_problem, wants_page

RETRY_SECONDS = 180


class SignUpView(SignupView):  # type: ignore[misc]
    """Sign-up, whose rules are asked again while the account is stored."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Store the account and sign in; another may have been quicker to the name or to the switch."""
        try:
            answer: HttpResponse = super().form_valid(form)
        except NotAdmitted as refusal:
            if refusal.code == "closed":
                return self.closed()
            form.add_error("username", get_adapter().error_messages["username_taken"])
            answer = self.form_invalid(form)
        return answer

    def closed(self) -> HttpResponse:
        """Plain words; a sign-up that was posted is refused."""
        return render(self.request, "account/signup_closed.html", status=403 if self.request.method == "POST" else 200)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`is_first`: whoever signs up now becomes the administrator, and should know."""
        return {**super().get_context_data(**kwargs), "is_first": not User.objects.exists()}


class SignInView(LoginView):  # type: ignore[misc]
    """Sign-in that tells programs, too, when it was tried too often."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """The form with its errors; 429 when there were too many wrong passwords."""
        answer: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            record.ward_request("too many wrong passwords", self.request)
            answer.status_code = 429
            answer["Retry-After"] = str(RETRY_SECONDS)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`may_sign_up`: no link to a closed door. `provider`: where else one may sign in."""
        more = {"may_sign_up": User.objects.may_sign_up(), "provider": settings.OIDC_ISSUER and settings.OIDC_NAME}
        return {**super().get_context_data(**kwargs), **more}


class SignOutView(LogoutView):  # type: ignore[misc]
    """Sign-out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out, and let the browser forget."""
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return forgetting(answer)


class ResetView(PasswordResetView):  # type: ignore[misc]
    """A new password by mail, where the site sends mail; else it says who can help."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The form, or the plain words."""
        if not sends_mail():
            return render(
                request, "account/password_reset_unavailable.html", status=403 if request.method == "POST" else 200
            )
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


@never_cache
@require_GET
def waiting(request: HttpRequest) -> HttpResponseBase:
    """Where somebody stays until an administrator lets them in. Its script asks for JSON now and then."""
    user = request.user
    if not wants_page(request):
        return JsonResponse({"may_chat": user.is_admitted}) if user.is_authenticated else signed_out_problem()
    if not user.is_authenticated:
        return redirect("account_login")
    if user.is_admitted:
        return redirect("home")
    return render(request, "account/waiting.html")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own name and address, what one's files take and what of the day is used, and the ways to all else."""
    assert request.user.is_authenticated
    form = ProfileForm(request.user, request.POST or None)
    if form.is_valid() and "email" in form.changed_data and not is_confirmed(request):
        form.add_error("email", SIGN_IN_AGAIN)
    if not form.is_valid():
        context = {"form": form, "space": space_of(request.user), "day": day_of(request.user.pk)}
        return render(request, "account/account.html", context, status=422 if form.is_bound else 200)
    form.save()
    messages.success(request, _("Saved."))
    return redirect("account")


class SessionsView(ListUserSessionsView):  # type: ignore[misc]
    """One's sessions, of which the others are ended by nobody else who sits down here."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End them, once it is known who asks."""
        if not is_confirmed(request):
            messages.error(request, SIGN_IN_AGAIN)
            return redirect("usersessions_list")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`idle_days`: how long one may rest."""
        return {**super().get_context_data(**kwargs), "idle_days": SiteSettings.believed().idle_days}


class FirstPasswordView(PasswordSetView):  # type: ignore[misc]
    """A password for an account that came without: a way in, like a second factor."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Store it, once it is known who asks."""
        if not is_confirmed(self.request):
            form.add_error(None, SIGN_IN_AGAIN)
            answer: HttpResponse = self.form_invalid(form)
        else:
            answer = super().form_valid(form)
        return answer
