"""Conversations in the admin: the list is `conversations.admin.review_list`, a page `conversations.admin.reading`."""

from __future__ import annotations

from django.contrib import admin

from conversations.admin.review_list import ListAdmin
from conversations.models import Conversation


@admin.register(Conversation)
class ConversationAdmin(ListAdmin):
    """Everybody's conversations, those in the trash too."""
