"""Labels in the admin: their names, colours and meanings, for those who set them up."""

from __future__ import annotations

from django.contrib import admin

from conversations.models import Label


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin[Label]):
    """What reviewers can put on conversations and messages. Deleting one takes it off everywhere."""

    list_display = ("name", "colour", "description")
    list_filter = ("colour",)
    search_fields = ("name", "description")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
