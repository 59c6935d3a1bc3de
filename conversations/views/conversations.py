"""What can be done with a conversation from its page or the sidebar."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.forms import SettingsForm
from conversations.generation.announcements import conversation_changed, let_go
from conversations.generation.engine import engine
from conversations.models import Conversation
from conversations.models.conversation import TITLE_LIMIT
from conversations.text import clean_line
from conversations.views.access import member_required, problem
from conversations.views.lookups import member_of, stored_or_new, visible_conversation
from conversations.views.sidebar import sidebar_of


@require_POST
@member_required
def rename(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Give a title; an empty one is refused."""
    found = visible_conversation(request, conversation)
    title = clean_line(request.POST.get("title", ""), TITLE_LIMIT)
    if not title:
        return problem(422, "bad_field", _("The title is empty."), _("Write a title, or leave it as it was."))
    found.rename(title)
    conversation_changed(found.pk)
    return HttpResponse(status=204)


@require_POST
@member_required
def delete(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Off the list; `restore` brings it back. What is being written in it ends."""
    found = visible_conversation(request, conversation)
    let_go(found.trash())
    conversation_changed(found.pk)
    return HttpResponse(status=204)


@require_POST
@member_required
def restore(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Undo `delete`."""
    found = get_object_or_404(Conversation.objects.trashed_by(member_of(request)), pk=conversation)
    if not found.restore():
        raise Http404
    conversation_changed(found.pk)
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def settings(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The settings form. What is posted for a conversation that is not stored yet is checked and handed back."""
    found = stored_or_new(request, conversation)
    form = SettingsForm(request.POST if request.method == "POST" else None, conversation=found)
    if request.method != "POST":
        return render(request, "chat/_settings.html", {"form": form, "conversation": found})
    if not form.is_valid():
        return render(request, "chat/_settings.html", {"form": form, "conversation": found}, status=422)
    if found._state.adding:
        return JsonResponse(form.values())
    form.save()
    return HttpResponse(status=204)


@require_POST
@member_required
def model(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Choose the model of the next replies. It may be one that its backend does not offer at the moment."""
    found = visible_conversation(request, conversation)
    backend, name = request.POST.get("backend", ""), request.POST.get("name", "")
    if backend not in engine.registry.names or not name or clean_line(name, 300) != name:
        return problem(422, "bad_field", _("This model is not known."), _("Choose another one."))
    found.backend_name, found.model_name = backend, name
    found.save(update_fields=["backend_name", "model_name"])
    return HttpResponse(status=204)


@require_safe
@member_required
def sidebar(request: HttpRequest) -> HttpResponse:
    """The newest entries, or those last active before the moment `before`."""
    text = request.GET.get("before", "")
    try:
        before = parse_datetime(text) if text else None
    except ValueError:
        before = None
    if text and (before is None or is_naive(before)):
        return problem(422, "bad_field", _("A value was not accepted."), "before")
    return render(request, "chat/sidebar/_conversations.html", {"sidebar": sidebar_of(member_of(request), before)})
