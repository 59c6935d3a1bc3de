"""What is done with many conversations at once: into a project's queue, to a reviewer, labelled, exported."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.admin.review_list.exporting import export
from conversations.admin.review_list.narrowing import Rows
from conversations.models import Case, Conversation, Label, LabelUse, Project, User
from conversations.review.members import REVIEW, ReviewRefused
from conversations.review.queue import assign, enqueue, projects_to_fill

MOST = 1000  # at a time; an export takes any number


def act(request: HttpRequest, user: User, matching: Rows) -> HttpResponse | None:
    """Carry out the posted action on the chosen ones, or on all that match; an answer where one is due."""
    name = request.POST.get("action", "")
    chosen = _chosen(request, matching)
    if name not in (*_ACTIONS, "export"):
        messages.error(request, _("Choose what to do."))
    elif not chosen.exists():
        messages.error(request, _("No conversation is chosen: tick some first."))
    elif name == "export":
        return export(request, user, chosen)
    else:
        _ACTIONS[name](request, user, list(chosen.order_by("-updated_at", "id").values_list("pk", flat=True)[:MOST]))
    return None


def labels_for(user: User) -> list[Label]:
    """What may be put on."""
    return list(Label.objects.all()[:200]) if user.has_perm(REVIEW) else []


def projects_for(user: User) -> list[Project]:
    """Where conversations may be put."""
    return list(projects_to_fill(user).order_by("name"))


def reviewers_of(projects: list[Project]) -> list[User]:
    """Whom cases may be given to."""
    return list(User.objects.filter(review_projects__in=projects, is_active=True).distinct().order_by("username"))


def _chosen(request: HttpRequest, matching: Rows) -> Rows:
    if request.POST.get("all") == "on":
        return matching
    keys = []
    for text in request.POST.getlist("chosen")[:MOST]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return Conversation.objects.lasting().filter(pk__in=keys).order_by()


def _queue(request: HttpRequest, user: User, chosen: list[UUID]) -> None:
    """Into the queue, and to a reviewer where one is named: those, too, that were in it."""
    project = next((each for each in projects_for(user) if str(each.pk) == request.POST.get("project")), None)
    if project is None:
        messages.error(request, _("Choose a project that you may fill."))
        return
    name = request.POST.get("reviewer", "")
    reviewer = next((each for each in reviewers_of([project]) if str(each.pk) == name), None)
    if name and reviewer is None:
        messages.error(request, _("This person does not review in the project: choose one of its reviewers."))
        return
    try:
        done = enqueue(project, Conversation.objects.lasting().filter(pk__in=chosen), user)
        if reviewer is not None:
            for case in Case.objects.filter(project=project, conversation__in=chosen).select_related("project"):
                assign(case, reviewer, user)
    except ReviewRefused:
        messages.error(request, _("You may not put conversations into this project."))
        return
    put = ngettext(
        "%(count)d conversation is new in “%(project)s”", "%(count)d conversations are new in “%(project)s”", done.added
    )
    said = [put % {"count": done.added, "project": project.name}]
    if done.known:
        said.append(ngettext("%(count)d was there", "%(count)d were there", done.known) % {"count": done.known})
    if reviewer is not None:
        said.append(_("given to %(name)s") % {"name": reviewer.get_username()})
    messages.success(request, "; ".join(said) + ".")


def _label(request: HttpRequest, user: User, chosen: list[UUID]) -> None:
    label = next((each for each in labels_for(user) if str(each.pk) == request.POST.get("put")), None)
    if label is None:
        messages.error(request, _("Choose a label."))
        return
    uses = LabelUse.objects.filter(label=label, message=None)
    have = set(uses.filter(conversation__in=chosen).values_list("conversation_id", flat=True))
    new = [LabelUse(label=label, conversation_id=pk, author=user) for pk in chosen if pk not in have]
    LabelUse.objects.bulk_create(new, ignore_conflicts=True)  # somebody else may be as quick
    put = ngettext(
        "%(count)d conversation got the label “%(label)s”.",
        "%(count)d conversations got the label “%(label)s”.",
        len(new),
    )
    messages.success(request, put % {"count": len(new), "label": label.name})


_ACTIONS: dict[str, Callable[[HttpRequest, User, list[UUID]], None]] = {"queue": _queue, "label": _label}
