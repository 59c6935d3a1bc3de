"""How long things are kept, in the admin: rules of retention, holds, and the reports of purges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.admin.reading import ReadingAdmin
from conversations.models import Conversation, Hold, PurgeReport, Retention, User


@admin.register(Retention)
class RetentionAdmin(admin.ModelAdmin[Retention]):
    """One rule a group. Signals tell the open tabs of those whom it is about."""

    list_display = ("group", "days")
    list_select_related = ("group",)


class HoldForm(forms.ModelForm[Hold]):
    """By name and by number: a list of everybody would be long, and one of conversations would show their titles."""

    owner = forms.ModelChoiceField(
        User.objects.all(), to_field_name="username", required=False, widget=forms.TextInput(), label=_("person"),
        help_text=_("The user name: all that they have is kept, and what they add."),
    )  # fmt: skip
    conversation = forms.ModelChoiceField(
        Conversation.objects.lasting().filter(purged_at=None), required=False, widget=forms.TextInput(),
        label=_("conversation"), help_text=_("Or the last part of a conversation’s address."),
    )  # fmt: skip

    class Meta:
        model = Hold
        fields = ("owner", "conversation", "reason")


@admin.register(Hold)
class HoldAdmin(ReadingAdmin[Hold]):
    """Placed by reviewers, lifted by administrators, and never deleted."""

    form = HoldForm
    list_display = ("placed_at", "owner", "conversation_id", "reason", "placed_by", "lifted_at", "lifted_by")
    list_select_related = ("owner",)
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "placed_at")
    search_fields = ("owner__username", "reason")
    actions = ("lift",)  # type: ignore[assignment]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By right."""
        return request.user.has_perm("conversations.add_hold")

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """By the right to change holds."""
        return request.user.has_perm("conversations.change_hold")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?conversation=` fills the form in."""
        return {name: request.GET[name] for name in ("conversation", "reason") if name in request.GET}

    def save_model(self, request: HttpRequest, obj: Hold, form: HoldForm, change: bool) -> None:
        """Under the name of whoever places it."""
        obj.placed_by = request.user.get_username()
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Lift: what is due goes with the next purge"), permissions=("lift",))
    def lift(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        """End holds, one by one: tabs are told."""
        found = list(queryset.filter(lifted_at=None))
        for hold in found:
            hold.lift(request.user.get_username())
            self.log_change(request, hold, [{"changed": {"fields": ["lifted_at"]}}])
        words = ngettext("%d hold lifted.", "%d holds lifted.", len(found)) % len(found)
        self.message_user(request, words, messages.SUCCESS)


@admin.register(PurgeReport)
class PurgeReportAdmin(ReadingAdmin[PurgeReport]):
    """What went, when and why. Numbers only."""

    list_display = ("at", "rule", "detail", "conversations", "messages", "files", "held")
    list_filter = ("rule", "at")
    fields = readonly_fields = ("at", "rule", "detail", "conversations", "messages", "files", "held", "keys")
