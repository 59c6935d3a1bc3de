"""The site's settings in the admin: one row, changed live."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from conversations.models import SiteSettings


@admin.register(SiteSettings)
class SettingsAdmin(admin.ModelAdmin[SiteSettings]):
    """The one row."""

    radio_fields = {"signup": admin.VERTICAL, "sharing": admin.VERTICAL}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SiteSettings | None = None) -> bool:
        """There is always one."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Straight to the row."""
        return redirect("admin:conversations_sitesettings_change", SiteSettings.load().pk)
