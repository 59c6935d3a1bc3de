"""People in the admin: let in, switched on and off, given a new password; and nobody raises themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.accounts import change_email
from conversations.administration import BoundedPaginator
from conversations.keeping.holds import holds_on_person
from conversations.models import Conversation, Message, User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What only a superuser may give."""


class StandingFilter(admin.SimpleListFilter):
    """Waiting, let in, or switched off."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """The choices."""
        return [("waiting", _("Waiting for approval")), ("in", _("Let in")), ("off", _("Switched off"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Those of the choice."""
        match self.value():
            case "waiting":
                return queryset.filter(is_approved=False, is_active=True)
            case "in":
                return queryset.filter(is_approved=True, is_active=True)
            case "off":
                return queryset.filter(is_active=False)
        return queryset


@admin.register(User)
class PeopleAdmin(UserAdmin[User]):
    """Accounts."""

    list_display = ("username", "email", "is_approved", "is_active", "is_staff", "date_joined")
    list_filter = (StandingFilter, "is_staff", "is_superuser")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("-date_joined",)
    actions = ("approve", "activate", "deactivate", "remove_factors")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Standing"), {"fields": ("is_approved", "is_active")}),
        (_("Rights"), {"fields": RIGHTS, "classes": ("collapse",)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator

    @admin.action(description=_("Approve: let them in"), permissions=("change",))
    def approve(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Answer sign-ups."""
        self._set(request, queryset.filter(is_approved=False), "is_approved", True)

    @admin.action(description=_("Switch on"), permissions=("change",))
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Undo `deactivate`."""
        self._set(request, queryset.filter(is_active=False), "is_active", True)

    @admin.action(description=_("Switch off: end their sessions, keep their conversations"), permissions=("change",))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Keep them out from now on; never oneself."""
        others = queryset.filter(is_active=True).exclude(username=request.user.get_username())
        self._set(request, others, "is_active", False)

    @admin.action(description=_("Remove second factors and passkeys: for a lost device"), permissions=("change",))
    def remove_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The password alone signs in again; never one's own, which asks for the factor."""
        others = queryset.filter(authenticator__isnull=False).exclude(username=request.user.get_username()).distinct()
        changed = [user for user in others if self.has_change_permission(request, user)]
        for user in changed:
            Authenticator.objects.filter(user=user).delete()
            self.log_change(request, user, [{"deleted": {"name": "second factors", "object": str(user)}}])
        self._say(request, len(changed))

    def _set(self, request: HttpRequest, people: Iterable[User], field: str, value: bool) -> None:
        changed = [user for user in people if self.has_change_permission(request, user)]
        for user in changed:
            setattr(user, field, value)
            user.save(update_fields=[field])  # one by one: signals close the sockets of those who are out
            self.log_change(request, user, [{"changed": {"fields": [field]}}])
        self._say(request, len(changed))

    def _say(self, request: HttpRequest, count: int) -> None:
        words = ngettext("%d account changed.", "%d accounts changed.", count) % count
        self.message_user(request, words, messages.SUCCESS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Superusers are changed by superusers only: who sets their password is one."""
        return super().has_change_permission(request, obj) and _reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """The same, and nobody deletes themselves."""
        return super().has_delete_permission(request, obj) and _reaches(request, obj) and obj != request.user

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights are given by superusers; nobody takes their own standing or rights away by mistake."""
        fields: tuple[str, ...] = self.readonly_fields
        if not request.user.is_superuser:
            fields += RIGHTS
        elif obj is not None and obj == request.user:
            fields += ("is_approved", "is_active", "is_staff", "is_superuser")
        return fields

    def save_model(self, request: HttpRequest, obj: User, form: UserChangeForm[User], change: bool) -> None:
        """Keep allauth's table of addresses in step."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            change_email(obj, obj.email)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many at once is not offered: each takes all their conversations along."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes along, in numbers: Django would list every message. What is held forbids it."""
        conversations = Conversation.objects.filter(owner__in=objs).count()
        written = Message.objects.filter(conversation__owner__in=objs).count()
        counts = {str(_("conversations")): conversations, str(_("messages")): written}
        holds = [hold for user in objs for hold in holds_on_person(user.pk)]
        kept = [_("Hold on %(what)s: %(reason)s") % {"what": hold, "reason": hold.reason} for hold in holds]
        return [str(user) for user in objs], counts, set(), kept


def _reaches(request: HttpRequest, obj: User | None) -> bool:
    return obj is None or request.user.is_superuser or not obj.is_superuser


# Sessions would show staff who was where; an address is changed with its account; secrets are nobody's to see, and
# whoever could connect an account to one at the provider could sign in to it.
for model in (EmailAddress, UserSession, Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)
