"""Messages in the admin: searched across all conversations, each shown with how it came about."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from conversations.admin.filters import ModelFilter
from conversations.admin.reading import ReadingAdmin
from conversations.models import Message, Role

EXCERPT = 120
_LARGE = ("content", "thinking", "html", "provenance", "error_detail")


@admin.register(Message)
class MessageAdmin(ReadingAdmin[Message]):
    """Everybody's messages."""

    list_display = ("id", "excerpt", "role", "state", "model_name", "created_at", "transcript")
    list_filter = ("role", "state", ModelFilter, "created_at")
    search_fields = ("content",)
    ordering = ("-id",)
    fields = readonly_fields = (
        "transcript", "role", "state", "text", "thinking", "backend_name", "model_name", "created_at", "finished_at",
        "reason", "error_code", "error_detail", "metrics", "provenance", "trashed_at",
    )  # fmt: skip

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The message; that it was looked at is recorded."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        if answer.status_code == 200:
            self.log_change(request, Message.objects.get(pk=object_id), str(_("Read the message.")))
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """With the beginning of each text, and without the texts."""
        return super().get_queryset(request).defer(*_LARGE).annotate(beginning=Left("content", EXCERPT + 1))

    @admin.display(description=_("text"))
    def excerpt(self, message: Message) -> str:
        """The beginning."""
        return Truncator(getattr(message, "beginning", "")).chars(EXCERPT)

    @admin.display(description=_("conversation"))
    def transcript(self, message: Message) -> SafeString:
        """Where it stands."""
        address = reverse("admin:conversations_conversation_change", args=[message.conversation_id])
        return format_html('<a href="{}?branch={}">{}</a>', address, message.pk, _("Transcript"))

    @admin.display(description=_("text"))
    def text(self, message: Message) -> SafeString:
        """A reply as its reader sees it; everything else as it was written."""
        if message.role == Role.ASSISTANT and not message.is_running:
            # Rendered by us, with no HTML of the model's in it.
            return format_html('<div class="md">{}</div>', mark_safe(message.rendered()))  # noqa: S308
        return format_html('<div class="said" dir="auto">{}</div>', message.content)
