"""Quotas in the admin: set for people, groups and everybody; and what was used, which nobody changes."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.administration import BoundedPaginator
from conversations.models import Quota, Usage

BOUNDS = ("messages_soft", "messages_hard", "tokens_soft", "tokens_hard")


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin[Quota]):
    """Limits of a day."""

    list_display = ("whose", "messages", "tokens")
    list_display_links = ("whose",)
    list_select_related = ("user", "group")
    search_fields = ("user__username", "group__name")
    autocomplete_fields = ("user", "group")
    fieldsets = (
        (
            _("Whose"),
            {
                "fields": ("user", "group"),
                "description": _(
                    "A person’s own quota holds instead of their groups’, those instead of everybody’s. Of several "
                    "groups the widest limit of each kind holds; an empty one is the widest."
                ),
            },
        ),
        (
            _("A day"),
            {
                "fields": BOUNDS,
                "description": _(
                    "Empty is no limit. From the warning on, a line above the message box says how much is left; where "
                    "there is none, from four fifths of the limit on. A message is an answer asked for, tokens are "
                    "those read and written."
                ),
            },
        ),
    )
    show_full_result_count = False
    paginator = BoundedPaginator

    @admin.display(description=_("whose"))
    def whose(self, quota: Quota) -> str:
        """The person, the group, or everybody."""
        return str(quota)

    @admin.display(description=_("messages a day"))
    def messages(self, quota: Quota) -> str:
        """Both bounds in words."""
        return _bounds(quota.messages_soft, quota.messages_hard)

    @admin.display(description=_("tokens a day"))
    def tokens(self, quota: Quota) -> str:
        """The same of tokens."""
        return _bounds(quota.tokens_soft, quota.tokens_hard)


def _bounds(soft: int | None, hard: int | None) -> str:
    soft_words, hard_words = (number_format(bound or 0, force_grouping=True) for bound in (soft, hard))
    if hard is None:
        return gettext("no limit") if soft is None else gettext("no limit, warned from %(soft)s") % {"soft": soft_words}
    if soft is None:
        return gettext("at most %(hard)s") % {"hard": hard_words}
    return gettext("at most %(hard)s, warned from %(soft)s") % {"hard": hard_words, "soft": soft_words}


@admin.register(Usage)
class UsageAdmin(admin.ModelAdmin[Usage]):
    """Who used how much on which day."""

    list_display = ("day", "user", "messages_asked", "tokens_used")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("user__username",)
    date_hierarchy = "day"
    show_full_result_count = False
    paginator = BoundedPaginator

    @admin.display(description=_("messages"), ordering="messages")
    def messages_asked(self, usage: Usage) -> str:
        """With its thousands apart."""
        return number_format(usage.messages, force_grouping=True)

    @admin.display(description=_("tokens"), ordering="tokens")
    def tokens_used(self, usage: Usage) -> str:
        """The same of tokens."""
        return number_format(usage.tokens, force_grouping=True)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is counted."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Usage | None = None) -> bool:
        """It is counted."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Usage | None = None) -> bool:
        """Nothing gives a day's share back; a deleted person's rows go with them."""
        return False
