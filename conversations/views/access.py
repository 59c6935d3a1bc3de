"""Who may come in: one answer for every page, in the form that the asker understands."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from conversations.models import User
from conversations.telemetry.requests import request_id

P = ParamSpec("P")


def member_required(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let in who may chat. Others are led to the sign-in or the waiting page; a script gets 401 or 403 instead."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        refusal = refuse(request)
        return view(request, *args, **kwargs) if refusal is None else refusal

    return guarded


def refuse(request: HttpRequest) -> HttpResponseBase | None:
    """The answer to somebody who may not chat (yet); None for members."""
    user = request.user
    if user.is_authenticated and user.may_chat:
        return None
    answer: HttpResponseBase
    if user.is_authenticated and user.is_admitted:
        answer = _to_second_factor(request) if wants_page(request) else second_factor_problem()
    elif user.is_authenticated:
        answer = redirect("waiting") if wants_page(request) else waiting_problem()
    else:
        answer = _to_sign_in(request) if wants_page(request) else signed_out_problem()
    add_never_cache_headers(answer)
    return answer


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in; on a site without anybody the first account is made."""
    door = "account_login" if User.objects.exists() else "account_signup"
    return redirect_to_login(request.get_full_path(), door)


def _to_second_factor(request: HttpRequest) -> HttpResponseBase:
    messages.warning(request, _("This site asks for a second factor. Set one up, then go on."))
    return redirect("mfa_index")


def forgetting(answer: HttpResponse) -> HttpResponse:
    """With the order to drop what the browser kept of this site's files and pictures.

    Not its storage: what was typed and not sent waits there for its owner (Clear Site Data, W3C, 2017).
    """
    answer["Clear-Site-Data"] = '"cache"'
    return answer


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser is going somewhere; scripts say `empty`, or do not name HTML in what they accept."""
    if request.headers.get("Sec-Fetch-Dest") == "empty" or request.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("Accept", "text/html")


def problem(status: int, code: str, title: str, detail: str = "") -> JsonResponse:
    """An error for programs (RFC 9457). `code` is ours and stays; the words are for people."""
    body = {"type": "about:blank", "status": status, "code": code, "title": title, "detail": detail}
    if number := request_id.get():
        body["request_id"] = number
    return JsonResponse(body, status=status, content_type="application/problem+json")


def signed_out_problem() -> JsonResponse:
    """401."""
    return problem(401, "signed_out", _("You are signed out."), _("Sign in again. What you typed is kept."))


def second_factor_problem() -> JsonResponse:
    """403 for somebody without the second factor that the site asks for."""
    title = _("This site asks for a second factor.")
    return problem(403, "second_factor", title, _("Set one up in your account, then go on."))


def waiting_problem() -> JsonResponse:
    """403 for somebody whom no administrator has let in."""
    return problem(403, "waiting", _("Your account waits for approval."), _("An administrator lets you in."))
