"""Conversations in the admin: the list. How one is read: `conversations.admin.reading`."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.admin.filters import ModelFilter
from conversations.admin.reading import TranscriptAdmin
from conversations.models import Conversation, Message
from conversations.review.blinding import without_blind
from conversations.views.lookups import member_of

COUNTED = 1000


@admin.register(Conversation)
class ConversationAdmin(TranscriptAdmin):
    """Everybody's conversations, those in the trash too."""

    list_display = ("__str__", "owner", "model_name", "message_count", "updated_at", "is_in_trash")
    list_select_related = ("owner",)
    list_filter = (ModelFilter, "updated_at", ("trashed_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "owner__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Without what the viewer is blind to."""
        return without_blind(super().get_queryset(request), member_of(request))

    @admin.display(description=_("messages"))
    def message_count(self, conversation: Conversation) -> str:
        """How many, counted as far as COUNTED."""
        count = Message.objects.filter(conversation=conversation).order_by()[: COUNTED + 1].count()
        return f"> {COUNTED}" if count > COUNTED else str(count)

    @admin.display(description=_("deleted"), boolean=True)
    def is_in_trash(self, conversation: Conversation) -> bool:
        """Whether its owner deleted it."""
        return conversation.trashed_at is not None
