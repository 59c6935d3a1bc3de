"""The trash in the account: looked at, restored from, and emptied."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.generation.announcements import conversation_changed, path_changed
from conversations.keeping.trash import KEPT, StillKept, Trash
from conversations.models import Conversation
from conversations.views.access import member_required
from conversations.views.lookups import member_of, trashed_message

PAGE = 50


@never_cache
@require_safe
@member_required
def trash(request: HttpRequest) -> HttpResponse:
    """Conversations, then branches, each with the day on which it goes."""
    found = Trash(member_of(request))
    page = Paginator(found.conversations, PAGE).get_page(request.GET.get("page"))
    branches = Paginator(found.branches, PAGE).get_page(request.GET.get("branches"))
    context = {
        "page": page,
        "branches": branches,
        "days": found.days,
        "conversations": found.entries(page),
        "pieces": found.entries(branches),
        "kept": KEPT,
    }
    return render(request, "account/trash/page.html", context)


@require_POST
@member_required
def restore(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Back on the list."""
    found = get_object_or_404(Conversation.objects.trashed_by(member_of(request)), pk=conversation)
    if found.restore():
        conversation_changed(found.pk)
        messages.success(request, _("Restored: %(title)s") % {"title": found})
    return redirect("trash")


@require_POST
@member_required
def restore_branch(request: HttpRequest, message: int) -> HttpResponse:
    """Back in its conversation, and shown there."""
    found = trashed_message(request, message)
    found.restore()
    path_changed(found.conversation_id)
    messages.success(request, _("Restored, and shown in: %(title)s") % {"title": found.conversation})
    return redirect("trash")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def delete(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Asks first; what is posted deletes it for good."""
    own, user = Conversation.objects.trashed_by(member_of(request)), member_of(request)
    found = get_object_or_404(own, pk=conversation)
    if request.method != "POST":
        return _ask(request, title=str(found))
    try:
        Trash(user).delete_conversation(found.pk)
    except StillKept as kept:
        return _refused(request, str(found), kept)
    messages.success(request, _("Deleted for good: %(title)s") % {"title": found})
    return redirect("trash")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def delete_branch(request: HttpRequest, message: int) -> HttpResponse:
    """The same for a branch."""
    trash = Trash(member_of(request))
    found = trash.branches.filter(pk=message).first()
    if found is None:
        raise Http404
    (entry,) = trash.entries([found])
    if request.method != "POST":
        return _ask(request, title=entry.text or str(found.conversation))
    try:
        trash.delete_branch(found.pk)
    except StillKept as kept:
        return _refused(request, entry.text, kept)
    messages.success(request, _("The branch is deleted for good."))
    return redirect("trash")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def empty(request: HttpRequest) -> HttpResponse:
    """Asks first; what is posted deletes all of it that nothing keeps."""
    if request.method != "POST":
        return _ask(request, title="")
    count = Trash(member_of(request)).empty()
    messages.success(request, ngettext("%d entry deleted for good.", "%d entries deleted for good.", count) % count)
    return redirect("trash")


def _ask(request: HttpRequest, title: str) -> HttpResponse:
    return render(request, "account/trash/delete.html", {"title": title})


def _refused(request: HttpRequest, title: str, kept: StillKept) -> HttpResponse:
    return render(request, "account/trash/delete.html", {"title": title, "refusal": KEPT[kept.why]}, status=409)
