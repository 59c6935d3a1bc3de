"""What the admin's pages for conversations and messages share: looked at, never changed, and in bounded time."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from conversations.administration import BoundedPaginator

M = TypeVar("M", bound=Model)


class ReadingAdmin(admin.ModelAdmin[M]):
    """Nothing is added, changed or deleted here."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People write on the site, as themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """A transcript that staff can change proves nothing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Owners delete; an account takes its conversations along."""
        return False
