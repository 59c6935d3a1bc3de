"""The admin's frame: signed in to and out of through the site's own pages, and counts that stop counting."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from conversations.views.access import forgetting

Page = Callable[..., HttpResponseBase]

COUNT_LIMIT = 5000
# jQuery, which Django's own pages run on, makes HTML of text while it starts. Scripts stay limited to our own files.
LIKE_DJANGO = {"require-trusted-types-for": "", "trusted-types": ""}


class Site(AdminSite):
    """The admin site."""

    site_title = site_header = _("Chatsite administration")
    index_title = _("Administration")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who may come in at all."""
        user = request.user
        return user.is_authenticated and user.is_staff and user.may_chat and not user.lacks_second_factor

    def admin_view(self, view: Page, cacheable: bool = False) -> Page:  # type: ignore[override]
        """Every page of the admin; one that shows what people wrote, and needs no jQuery, sets `csp` to {}."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            answer = inner(request, *args, **kwargs)
            if not hasattr(answer, "csp"):
                answer.csp = LIKE_DJANGO  # type: ignore[attr-defined]
            return answer

        return opened

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in; who is signed in already and no staff is refused."""
        if self.has_permission(request):
            return redirect("admin:index")
        user = request.user
        if user.is_authenticated and user.is_admitted and user.lacks_second_factor:
            messages.warning(request, _("Staff of this site need a second factor. Set one up, then go on."))
            return redirect("mfa_index")
        if user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """Sign out, of the whole site."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        return forgetting(redirect("account_login"))

    @method_decorator(never_cache)
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """The site's own page."""
        return redirect("account_change_password")


class BoundedPaginator(Paginator[Model]):
    """Counts up to COUNT_LIMIT and no further: nobody turns that many pages, and a full count reads every row."""

    @cached_property
    def count(self) -> int:
        """How many there are, or the limit."""
        rows = self.object_list
        return rows.order_by()[:COUNT_LIMIT].count() if isinstance(rows, QuerySet) else len(rows)
