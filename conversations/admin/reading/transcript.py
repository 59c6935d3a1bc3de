"""A conversation in the admin is a page to read. Its doors: the page, what is known of a reply, labels and notes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from conversations.admin.reading import about, files, marking, sharing
from conversations.admin.reading.base import ReadingAdmin
from conversations.admin.reading.frame import FILTERS, Frame, people_of
from conversations.admin.reading.gate import opened
from conversations.admin.reading.page import open_page
from conversations.models import Conversation


class TranscriptAdmin(ReadingAdmin[Conversation]):
    """Opens a conversation as a page to read."""

    def get_urls(self) -> list[URLPattern]:
        """The doors that write come before Django's own, one of which takes any address."""
        doors = (
            ("label", marking.put_label),
            ("unlabel", marking.take_label_off),
            ("note", marking.write_note),
            ("rewrite", marking.change_note),
            ("about", about.show),
        )
        own = [
            path(
                f"<uuid:conversation>/{name}/",
                self.admin_site.admin_view(door(self.admin_site)),
                name=f"conversations_conversation_{name}",
            )
            for name, door in doors
        ]
        file = path(
            "<uuid:conversation>/files/<uuid:attachment>/<str:form>/",
            self.admin_site.admin_view(files.show(self)),
            name="conversations_conversation_file",
        )
        links = [
            path(
                f"<uuid:conversation>/{name}/",
                self.admin_site.admin_view(door(self)),
                name=f"conversations_conversation_{name}",
            )
            for name, door in (("unshare", sharing.stop), ("allow_sharing", sharing.allow))
        ]
        return [*own, file, *links, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page: `?at=` shows a message, `?branch=` the path below one, `?part=` a part of a long path."""
        conversation = self._find(object_id)
        if conversation is None:
            if self.has_view_permission(request):
                raise Http404
            raise PermissionDenied
        return open_page(request, self.admin_site, conversation, self.frame(request, conversation))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What staff did with it, which names it and its files: for those who have opened it and are not blind to it.

        Raises Http404.
        """
        if people_of(request, opened(request, self._find(object_id))).is_blind:
            raise Http404
        return super().history_view(request, object_id, extra_context)

    def frame(self, request: HttpRequest, conversation: Conversation) -> Frame:
        """Where the page stands: in the list, as it was filtered."""
        kept = request.GET.get(FILTERS, "")
        address = reverse("admin:conversations_conversation_changelist") + (f"?{kept}" if kept else "")
        home = (capfirst(str(self.opts.verbose_name_plural)), address)
        is_part = request.headers.get("X-Requested-With") == "fetch"
        around = ("", "") if is_part else self.neighbours(request, conversation)
        return Frame(people_of(request, conversation), home, *around)

    def neighbours(self, request: HttpRequest, conversation: Conversation) -> tuple[str, str]:
        """The addresses of the ones before and after it in the list that it was opened from: the list says which."""
        return "", ""

    def _find(self, object_id: str) -> Conversation | None:
        try:
            return Conversation.objects.lasting().select_related("owner").filter(pk=UUID(object_id)).first()
        except ValueError:
            return None
