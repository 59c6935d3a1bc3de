"""The page of the list, and the door for what is done on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from conversations.admin.reading import TranscriptAdmin
from conversations.admin.reading.frame import FILTERS
from conversations.admin.review_list import saved
from conversations.admin.review_list.fields import FilterForm
from conversations.admin.review_list.marking import MOST, act, labels_for, projects_for, reviewers_of
from conversations.admin.review_list.narrowing import narrowed
from conversations.admin.review_list.rows import PAGE, Page, around, page_of
from conversations.exports.rights import RIGHT
from conversations.exports.words import REDACTIONS
from conversations.models import Conversation, SiteSettings
from conversations.review.reading import found_by
from conversations.transcripts import FORMATS
from conversations.views.lookups import member_of

AFTER = "after"


class ListAdmin(TranscriptAdmin):
    """The list in place of Django's: no count of the table, no page that is reached by counting."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """GET: a page of the list. POST: something is done with the chosen ones, or with a kept filter."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._do(request) if request.method == "POST" else self._show(request)

    def neighbours(self, request: HttpRequest, conversation: Conversation) -> tuple[str, str]:
        """The addresses of the ones before and after in the list as it was filtered; empty at its ends."""
        kept = request.GET.get(FILTERS, "")
        values = QueryDict(kept)
        form = FilterForm(values, member_of(request))
        if not form.is_valid():
            return "", ""
        before, after = around(form.wishes, member_of(request), conversation, values.get(AFTER, ""))
        return _address(before, values), _address(after, values)

    def _do(self, request: HttpRequest) -> HttpResponse:
        user, query = member_of(request), saved.query_of(request.GET)
        answer: HttpResponse | None = None
        action = request.POST.get("action", "")
        if action == "keep":
            saved.keep(request, user, query)
        elif action in ("forget", "share", "unshare"):
            saved.change(request, user)
        else:
            form = FilterForm(request.GET, member_of(request))
            rows = narrowed(form.wishes, user) if form.is_valid() else Conversation.objects.none()
            answer = act(request, user, rows)
        address = reverse("admin:conversations_conversation_changelist")
        place = request.GET.urlencode()
        return answer or redirect(f"{address}?{place}" if place else address)

    def _show(self, request: HttpRequest) -> HttpResponse:
        user, query = member_of(request), saved.query_of(request.GET)
        form = FilterForm(request.GET, member_of(request))
        is_valid, reads = form.is_valid(), SiteSettings.load().reading_enabled
        page = Page([])
        if is_valid and (reads or "q" not in form.wishes):
            page = page_of(form.wishes, user, request.GET.get(AFTER, ""))
            shown = [row.conversation for row in page.rows if row.hits]
            found_by(user, shown, request.session.session_key, form.wishes.get("q", ""))
        projects = projects_for(user)
        context = {
            **self.admin_site.each_context(request),
            "title": self.opts.verbose_name_plural,
            "opts": self.opts,
            "form": form,
            "page": page,
            "page_size": PAGE,
            "query": query,
            "chosen_filters": [] if not is_valid else _chips(form, query),
            "kept": saved.kept_filters(user, query),
            "is_first": AFTER not in request.GET,
            "is_search": is_valid and "q" in form.wishes,
            "reads": reads,
            "link_query": _link_query(request.GET),
            "projects": projects,
            "reviewers": reviewers_of(projects),
            "labels": labels_for(user),
            "formats": list(FORMATS) if user.has_perm(RIGHT) and reads else [],
            "redactions": REDACTIONS,
            "most": MOST,
        }
        answer = TemplateResponse(request, "admin/conversations/list.html", context, status=200 if is_valid else 422)
        answer.csp = {}  # type: ignore[attr-defined]  # the site's own, strict one
        return answer


def _chips(form: FilterForm, query: str) -> list[tuple[str, str, str]]:
    """What is filtered, in words, each with the query without it."""
    chips = []
    for (label, words), name in zip(form.in_words(), form.wishes, strict=True):
        rest = QueryDict(query, mutable=True)
        rest.pop(name, None)
        chips.append((label, words, rest.urlencode()))
    return chips


def _address(pk: UUID | None, values: QueryDict) -> str:
    if pk is None:
        return ""
    address, kept = reverse("admin:conversations_conversation_change", args=[pk]), _link_query(values)
    return f"{address}?{kept}" if kept else address


def _link_query(values: QueryDict) -> str:
    """What the reading page keeps of the list."""
    kept = QueryDict(mutable=True)
    if values:
        kept[FILTERS] = values.urlencode()
    return kept.urlencode()
