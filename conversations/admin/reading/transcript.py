"""A conversation in the admin is read as a transcript with its branches. Whoever reads one is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from conversations.admin.reading.base import ReadingAdmin
from conversations.models import Conversation, Message, Role
from conversations.models.message import siblings_of
from conversations.uploads.showing import with_files

PAGE = 100


class TranscriptAdmin(ReadingAdmin[Conversation]):
    """Opens a conversation as a page to read."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The transcript: `?branch=` is the newest path through that message, `?before=` the part above one."""
        conversation = self.get_object(request, object_id)
        if conversation is None:
            raise Http404
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        page = _read(conversation, request.GET.get("branch", ""), request.GET.get("before", ""))
        self.log_change(request, conversation, str(_("Read the transcript.")))
        context = {
            **self.admin_site.each_context(request),
            "title": str(conversation),
            "opts": self.opts,
            "conversation": conversation,
            "page": page,
        }
        answer = TemplateResponse(request, "admin/transcript.html", context)
        answer.csp = {}  # type: ignore[attr-defined]  # the site's own, strict one
        return answer


@dataclass(frozen=True, slots=True)
class Turn:
    """A message among its siblings; `html` is None for what is shown as it was written."""

    message: Message
    siblings: list[int]
    html: SafeString | None

    @property
    def place(self) -> int:
        """Which of its siblings it is, from 1."""
        return self.siblings.index(self.message.pk) + 1 if self.message.pk in self.siblings else 1

    @property
    def others(self) -> list[tuple[int, int]]:
        """Place and number of each sibling."""
        return list(enumerate(self.siblings, start=1))


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a path, oldest first; `before` asks for the part above it."""

    turns: list[Turn]
    before: int | None


def _read(conversation: Conversation, branch: str, before: str) -> Page:
    leaf = conversation.leaf_id
    if before:
        leaf = _message(conversation, before).parent_id
    elif branch:
        leaf = conversation.newest_below(_message(conversation, branch).pk)
    found = list(islice(conversation.walk(leaf), PAGE + 1))
    shown = found[:PAGE][::-1]
    with_files(shown)
    siblings = siblings_of(shown)
    turns = [Turn(message, siblings[message.pk], _html(message)) for message in shown]
    return Page(turns, shown[0].pk if len(found) > PAGE else None)


def _message(conversation: Conversation, number: str) -> Message:
    found = conversation.messages.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise Http404
    return found


def _html(message: Message) -> SafeString | None:
    """Rendered by us, with no HTML of the model's in it."""
    if message.role != Role.ASSISTANT or message.is_running:
        return None
    return mark_safe(message.rendered())  # noqa: S308
