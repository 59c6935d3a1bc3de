"""How long things are kept, in the admin: rules of retention, holds, and the reports of purges."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conversations.admin.reading import ReadingAdmin
from conversations.models import Conversation, Hold, PurgeReport, Retention, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_WIDE = {"class": "vTextField"}


@admin.register(Retention)
class RetentionAdmin(admin.ModelAdmin[Retention]):
    """One rule a group. Signals tell the open tabs of those whom it is about."""

    list_display = ("group", "days")
    list_select_related = ("group",)


class LiftedFilter(admin.SimpleListFilter):
    """By whether they still hold."""

    title = _("state")
    parameter_name = "lifted"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, _StrOrPromise]]:
        """The two states."""
        return [("no", _("In force")), ("yes", _("Lifted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        """Those in the chosen one."""
        return queryset.filter(lifted_at__isnull=self.value() == "no") if self.value() else queryset


class HoldForm(forms.ModelForm[Hold]):
    """By name and by number: a list of everybody would be long, and one of conversations would show their titles."""

    owner = forms.ModelChoiceField(
        User.objects.all(), to_field_name="username", required=False, widget=forms.TextInput(_WIDE), label=_("Person"),
        help_text=_("The user name: all that they have is kept, and what they add."),
    )  # fmt: skip
    conversation = forms.ModelChoiceField(
        Conversation.objects.lasting().filter(purged_at=None), required=False, widget=forms.TextInput(_WIDE),
        label=_("Conversation"), help_text=_("Or the last part of a conversation’s address."),
    )  # fmt: skip

    class Meta:
        model = Hold
        fields = ("owner", "conversation", "reason")


@admin.register(Hold)
class HoldAdmin(ReadingAdmin[Hold]):
    """Placed by reviewers, lifted by administrators, and never deleted."""

    form = HoldForm
    list_display = ("what", "reason", "placed", "lifted")
    list_select_related = ("owner",)
    list_filter = (LiftedFilter,)
    readonly_fields = ("conversation_id", "placed_at", "placed_by", "lifted_at", "lifted_by")
    search_fields = ("owner__username", "reason")
    actions = ("lift",)  # type: ignore[assignment]

    @admin.display(description=_("kept"))
    def what(self, hold: Hold) -> str:
        """All of a person's, or the last digits of one conversation's number: its title is not for every eye."""
        if hold.owner:
            return gettext("All of %(person)s") % {"person": hold.owner}
        return gettext("Conversation …%(digits)s") % {"digits": str(hold.conversation_id)[-6:]}

    @admin.display(description=_("placed"), ordering="placed_at")
    def placed(self, hold: Hold) -> str:
        """When, and by whom."""
        return _when(hold.placed_at, hold.placed_by)

    @admin.display(description=_("lifted"), ordering="lifted_at", empty_value="–")
    def lifted(self, hold: Hold) -> str | None:
        """The same, once it is."""
        return _when(hold.lifted_at, hold.lifted_by) if hold.lifted_at else None

    def get_fields(self, request: HttpRequest, obj: Hold | None = None) -> tuple[str, ...]:
        """A hold that is placed shows its conversation's number, and what was written down by itself."""
        return ("owner", "reason", *self.readonly_fields) if obj else ("owner", "conversation", "reason")

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

    list_display = ("at", "why", "conversations", "messages", "files", "held")
    list_filter = ("rule",)
    date_hierarchy = "at"
    fields = readonly_fields = ("at", "why", "conversations", "messages", "files", "held", "ids")

    @admin.display(description=_("rule"), ordering="rule")
    def why(self, report: PurgeReport) -> str:
        """The rule, with the days after which it lets go and the group whose it is."""
        rule = report.get_rule_display()
        return f"{rule} · {gettext('%(days)s days') % {'days': report.detail}}" if report.detail else rule

    @admin.display(description=_("ids of the conversations"))
    def ids(self, report: PurgeReport) -> str:
        """One a line."""
        return "\n".join(report.keys)


def _when(moment: datetime, person: str) -> str:
    return f"{date_format(localtime(moment), 'SHORT_DATETIME_FORMAT')}, {person}"
