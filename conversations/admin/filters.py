"""Filters of the admin's lists of conversations and messages, each answered in bounded time."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.models import Conversation
from conversations.review.blinding import without_blind
from conversations.views.lookups import member_of

M = TypeVar("M", bound=Model)

MODELS_OFFERED = 100


class ModelFilter(admin.SimpleListFilter):
    """By model. The names come from the conversations, of which there are far fewer than messages."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """The models that conversations are set to, but those that the viewer is blind to."""
        rows = without_blind(Conversation.objects.lasting().exclude(model_name=""), member_of(request))
        names = rows.order_by("model_name").values_list("model_name", flat=True)
        return [(name, name) for name in names.distinct()[:MODELS_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> QuerySet[M]:
        """Those of the model."""
        return queryset.filter(model_name=self.value()) if self.value() else queryset
