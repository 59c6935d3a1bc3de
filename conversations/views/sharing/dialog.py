"""The dialog of the chat page in which an owner makes, copies, updates and stops the link to a conversation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conversations.keeping import sharing
from conversations.models import Conversation, Role, Share, Sharing, SiteSettings, User
from conversations.models.conversation import Refused
from conversations.rendering import plain
from conversations.text import clean_line
from conversations.views.access import member_required, problem
from conversations.views.lookups import member_of

VERBS = ("make", "update", "stop", "resume")
EXCERPT = 120  # characters
_EXCERPT_FROM = 2000
LIFETIMES = {"": _("when I stop it"), "7": _("after 7 days"), "30": _("after 30 days"), "90": _("after 90 days")}
_REFUSED: dict[str, str | Promise] = {
    "empty": _("There is nothing to share yet."),
    "conversation_busy": _("A reply is still being written. Wait for its end, then try again."),
    "sharing_barred": "",  # the dialog says so whatever was asked
}
_MADE, _UPDATED = _("The link is ready."), _("The link shows the conversation as it is now.")
_STOPPED, _BACK = _("Nobody can read by this link any more."), _("The link works again.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def dialog(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The state of sharing as a fragment; what is posted as `do` changes it first. 422 says why it could not."""
    site, user = SiteSettings.load(), member_of(request)
    rows = Conversation.objects.visible_to(user).lasting()
    if site.sharing == Sharing.OFF:
        raise Http404
    found = get_object_or_404(rows, pk=conversation)
    share = sharing.link_of(found)
    said: dict[str, Any] = {}
    if request.method == "POST":
        if wrong := _wrong(request):
            return problem(422, "bad_field", gettext("A value was not accepted."), wrong)
        try:
            share, said = _do(request.POST.get("do", ""), found, share, request)
        except Refused as refused:
            said = {"error": _REFUSED[refused.code]}
    context = {"conversation": found, "site": site, "lifetimes": LIFETIMES, **_about(request, found, share), **said}
    return render(request, "sharing/_dialog.html", context, status=422 if "error" in said else 200)


def _wrong(request: HttpRequest) -> str:
    """The name of a field that has a value which was not offered, or nothing."""
    if request.POST.get("do") not in VERBS:
        return "do"
    return "" if request.POST.get("lifetime", "") in LIFETIMES else "lifetime"


def _do(
    verb: str, conversation: Conversation, share: Share | None, request: HttpRequest
) -> tuple[Share | None, dict[str, Any]]:
    """Carry it out; the link that there is then, and what is said of it. Raises Refused and Http404."""
    user = member_of(request)
    if verb == "make":
        lifetime = request.POST.get("lifetime", "")
        return sharing.make(conversation, user, int(lifetime) if lifetime else None), {"said": _MADE}
    if verb == "resume":
        return _resumed(conversation, request.POST.get("share", ""), user), {"said": _BACK}
    if share is None:  # another tab has stopped it
        return None, {}
    if verb == "update":
        sharing.renew(share, user)
        return share, {"said": _UPDATED}
    sharing.stop(share, user)
    return None, {"said": _STOPPED, "undone": share.pk}


def _resumed(conversation: Conversation, number: str, user: User) -> Share:
    shares = Share.objects.filter(conversation=conversation).select_related("conversation", "leaf")
    share = get_object_or_404(shares, pk=int(number) if number.isascii() and number.isdigit() else 0)
    if not sharing.resume(share, user):
        raise Http404
    return share


def _about(request: HttpRequest, conversation: Conversation, share: Share | None) -> dict[str, Any]:
    """What is shown of a link: its address (none where its seal cannot be opened), and until where it goes."""
    if share is None:
        return {"share": None, "barred": Share.objects.barred(conversation).exists()}
    token = share.token
    address = request.build_absolute_uri(reverse("shared", args=[token])) if token else ""
    return {"share": share, "address": address, "until": _beginning(share)}


def _beginning(share: Share) -> str:
    """The first words of the last message."""
    if share.leaf is None:
        return ""
    text = share.leaf.content[:_EXCERPT_FROM]
    return clean_line(plain(text) if share.leaf.role == Role.ASSISTANT else text, EXCERPT)
