"""Messages in the admin: a list, each leading to its place in its conversation. Texts of what was opened only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from conversations.admin.filters import ModelFilter
from conversations.admin.reading import ReadingAdmin
from conversations.admin.reading.gate import switched_off
from conversations.models import Message, SiteSettings
from conversations.review.blinding import without_blind
from conversations.review.reading import opened_by
from conversations.views.lookups import member_of

EXCERPT = 120
_LARGE = ("content", "thinking", "html", "provenance", "error_detail")


@admin.register(Message)
class MessageAdmin(ReadingAdmin[Message]):
    """Everybody's messages; their texts in this list are those of conversations that the reader has opened."""

    list_display = ("id", "excerpt", "role", "state", "model_name", "created_at", "transcript")
    list_filter = ("role", "state", ModelFilter, "created_at")
    search_fields = ("content",)
    ordering = ("-id",)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """To its place in the conversation, which asks for the reason."""
        message = self.get_object(request, object_id)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if message is None:
            raise Http404
        return redirect(place_of(message))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; nothing of it where reading is switched off."""
        if self.has_view_permission(request) and not SiteSettings.load().reading_enabled:
            return switched_off(request, self.admin_site)
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """With the beginning of each text that the reader opened in this sitting, and without the texts.

        What they are blind to is not there: models and words would tell.
        """
        beginning = Case(When(_is_open(request), then=Left("content", EXCERPT + 1)), default=Value(""))
        rows = without_blind(Message.objects.besides_temporary(), member_of(request), "conversation_id")
        return rows.defer(*_LARGE).annotate(beginning=beginning)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """Words are looked for in what the reader opened: a search tells what is in a text."""
        found = queryset.filter(_is_open(request)) if search_term else queryset
        return super().get_search_results(request, found, search_term)

    @admin.display(description=_("text"))
    def excerpt(self, message: Message) -> str:
        """The beginning."""
        return Truncator(getattr(message, "beginning", "")).chars(EXCERPT)

    @admin.display(description=_("conversation"))
    def transcript(self, message: Message) -> SafeString:
        """Where it stands."""
        return format_html('<a href="{}">{}</a>', place_of(message), _("Transcript"))


def place_of(message: Message) -> str:
    """The address of a message on the page of its conversation."""
    address = reverse("admin:conversations_conversation_change", args=[message.conversation_id])
    return f"{address}?at={message.pk}#m{message.pk}"


def _is_open(request: HttpRequest) -> Q:
    """One's own conversations, and those that were opened in this sitting."""
    reader = member_of(request)
    opened = opened_by(reader, request.session.session_key).values("conversation_key")
    return Q(conversation__owner=reader) | Q(conversation__in=opened)
