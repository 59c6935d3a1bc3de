"""Filters that people keep under a name, for themselves or for all reviewers."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from conversations.admin.review_list.fields import FilterForm
from conversations.models import SavedFilter, User
from conversations.text import clean_line, clean_text

NAME_LIMIT = 80
QUERY_LIMIT = 2000
MOST = 100  # that one person keeps


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept filter in the list of them. `owner` is empty for one's own."""

    filter: SavedFilter
    owner: str
    is_current: bool


def kept_filters(user: User, current: str) -> list[Kept]:
    """One's own, then what others share, by name; `current` is the query of the page."""
    found = SavedFilter.objects.filter(Q(user=user) | Q(is_shared=True)).select_related("user")
    rows = [
        Kept(each, "" if each.user_id == user.pk else each.user.get_username(), each.query == current)
        for each in found.order_by("name", "pk")[: 5 * MOST]
    ]
    return sorted(rows, key=lambda kept: bool(kept.owner))


def query_of(values: QueryDict) -> str:
    """The filters of an address in one form, whatever order they came in; nothing else of it."""
    kept = QueryDict(mutable=True)
    for name in FilterForm.field_order:
        if value := values.get(name, "").strip():
            kept[name] = value
    return kept.urlencode()


def keep(request: HttpRequest, user: User, query: str) -> None:
    """Save the filters of `query` under the posted name; the same name again replaces them."""
    name = " ".join(clean_text(request.POST.get("name", "")).split())
    problem = _problem(name, query, user)
    if problem:
        messages.error(request, problem)
        return
    values = {"query": query, "is_shared": request.POST.get("shared") == "on"}
    try:
        with transaction.atomic():
            SavedFilter.objects.update_or_create(user=user, name=clean_line(name, NAME_LIMIT), defaults=values)
    except IntegrityError:  # twice in the same moment
        SavedFilter.objects.filter(user=user, name=name).update(**values)
    messages.success(request, _("The filter “%(name)s” is kept.") % {"name": name})


def _problem(name: str, query: str, user: User) -> str:
    if not name:
        return _("Give the filter a name.")
    if len(name) > NAME_LIMIT:
        return _("The name of a filter has at most %(most)d characters: shorten it.") % {"most": NAME_LIMIT}
    if not query:
        return _("Nothing is filtered: choose something first, then keep it.")
    if len(query) > QUERY_LIMIT:
        return _("This filter is too long to be kept: look for fewer words.")
    if SavedFilter.objects.filter(user=user).exclude(name=name).count() >= MOST:
        return _("You keep %(most)d filters, which is all: delete one first.") % {"most": MOST}
    return ""


def change(request: HttpRequest, user: User) -> None:
    """Delete one of one's own, share it, or stop sharing it."""
    number = request.POST.get("filter", "")
    own = SavedFilter.objects.filter(user=user, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    match request.POST.get("action"):
        case "forget" if own.delete()[0]:
            messages.success(request, _("The filter is deleted."))
        case "share" if own.update(is_shared=True):
            messages.success(request, _("All reviewers see this filter now."))
        case "unshare" if own.update(is_shared=False):
            messages.success(request, _("Only you see this filter now."))
        case _:
            messages.error(request, _("There is no such filter of yours any more."))
