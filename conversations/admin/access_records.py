"""Who read whose conversation, in the admin: a list to look at. Nobody changes or deletes a record here."""

from __future__ import annotations

from django.contrib import admin

from conversations.admin.reading import ReadingAdmin
from conversations.models import AccessRecord


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadingAdmin[AccessRecord]):
    """For holders of the right to view access records."""

    list_display = ("at", "reader_name", "kind", "owner", "title", "reason", "told_from")
    list_display_links = None
    list_select_related = ("owner",)
    list_filter = ("kind", "at")
    search_fields = ("reader_name", "owner__username")
    fields = readonly_fields = (
        "at", "reader_name", "kind", "owner", "title", "conversation_key", "reason", "told_from",
    )  # fmt: skip
