"""The conversations before and after one in the list that it was opened from, as the list's link kept its filters."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from conversations.models import Conversation

FILTERS = "_changelist_filters"


def neighbours(admin: ModelAdmin[Conversation], request: HttpRequest, conversation: Conversation) -> tuple[str, str]:
    """The addresses of the one before and the one after; empty at the ends, and for one that is not in the list."""
    query = QueryDict(request.GET.get(FILTERS, ""), mutable=True)
    page = int(query.get(PAGE_VAR, "1")) if query.get(PAGE_VAR, "1").isdecimal() else 1
    shown = _page(admin, request, query, page)
    if conversation.pk not in shown:
        return "", ""
    at = shown.index(conversation.pk)
    before = (shown[at - 1], page) if at else (_last(_page(admin, request, query, page - 1)), page - 1)
    after = (shown[at + 1], page) if at + 1 < len(shown) else (_first(_page(admin, request, query, page + 1)), page + 1)
    return _address(query, *before), _address(query, *after)


def _page(admin: ModelAdmin[Conversation], request: HttpRequest, query: QueryDict, page: int) -> list[Any]:
    """The ids on a page of the list, in its order; none of a page that there is not."""
    if page < 1:
        return []
    wanted = query.copy()
    wanted[PAGE_VAR] = str(page)
    asked = copy(request)
    asked.GET = wanted  # type: ignore[assignment]  # nobody changes it from here on
    try:
        found = admin.get_changelist_instance(asked)
    except (IncorrectLookupParameters, DisallowedModelAdminLookup, DisallowedModelAdminToField, SuspiciousOperation):
        return []
    return [row.pk for row in found.result_list]


def _first(ids: list[Any]) -> Any:
    return ids[0] if ids else None


def _last(ids: list[Any]) -> Any:
    return ids[-1] if ids else None


def _address(query: QueryDict, pk: Any, page: int) -> str:
    """The page of a conversation, from that page of the list."""
    if pk is None:
        return ""
    kept = query.copy()
    if page > 1:
        kept[PAGE_VAR] = str(page)
    else:
        kept.pop(PAGE_VAR, None)
    asked = QueryDict(mutable=True)
    if kept:
        asked[FILTERS] = kept.urlencode()
    address = reverse("admin:conversations_conversation_change", args=[pk])
    return f"{address}?{asked.urlencode()}" if asked else address
