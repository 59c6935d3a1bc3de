"""API tokens in the admin: seen and revoked. People make them in their account; a secret is never here."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.administration import BoundedPaginator
from conversations.models import ApiToken


@admin.register(ApiToken)
class TokenAdmin(admin.ModelAdmin[ApiToken]):
    """Keys of programs."""

    list_display = ("name", "user", "allowed", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    fields = readonly_fields = ("name", "user", "allowed", "created_at", "last_used_at", "expires_at")
    ordering = ("-created_at",)
    show_full_result_count = False
    paginator = BoundedPaginator

    @admin.display(description=_("scopes"))
    def allowed(self, token: ApiToken) -> str:
        """What it may be used for."""
        return ", ".join(token.scopes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The secret would have to be shown."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Deleted or left alone."""
        return False
