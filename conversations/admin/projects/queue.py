"""The queue of a project: its cases by status and by whose they are, and the next one to take."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conversations.admin.projects.lookups import Door, answer, find_project
from conversations.administration import BoundedPaginator
from conversations.models import Case, Project, Status, User
from conversations.review.blinding import people_in
from conversations.review.members import SET_UP, ReviewRefused, works_in
from conversations.review.people import People
from conversations.review.queue import MINE, UNASSESSED, UNASSIGNED, cases_of, figures, take_next
from conversations.review.rubric import assessed_counts
from conversations.views.lookups import member_of

PAGE = 50
FILTERS = ("status", "whose")


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the queue shows it."""

    case: Case
    title: str
    owner: str
    assessed: int
    address: str


def show(site: AdminSite) -> Door:
    """The door to the queue: `?status=`, `?whose=` and `?p=`."""

    @require_safe
    def door(request: HttpRequest, project: int) -> HttpResponse:
        found, viewer = find_project(request, project), member_of(request)
        kept = filters_of(request.GET)
        cases = cases_of(found, viewer, **kept).select_related("conversation__owner", "assignee")
        page = BoundedPaginator(cases, PAGE).get_page(request.GET.get("p"))
        shown = [case for case in page.object_list if isinstance(case, Case)]
        context = {
            "title": found.name,
            "project": found,
            "lines": _lines(found, shown, people_in(viewer, [case.conversation for case in shown], found), kept),
            "page": page,
            "kept": urlencode(kept),
            "tabs": _tabs(found, kept),
            "owners": _owners(found, kept),
            "is_blind": found.is_blind,
            "works": works_in(viewer, found),
            "sets_up": viewer.has_perm(SET_UP),
        }
        return answer(request, site, "admin/review/queue.html", context)

    return door


def take(site: AdminSite) -> Door:
    """The door that gives the next case that nobody has."""

    @require_POST
    def door(request: HttpRequest, project: int) -> HttpResponse:
        found = find_project(request, project)
        try:
            case = take_next(found, member_of(request))
        except ReviewRefused as refused:
            messages.error(request, str(refused.words))
            return redirect("admin:conversations_project_queue", found.pk)
        if case is None:
            messages.info(request, _("Nothing is left to take: every case is done, or somebody has it."))
            return redirect("admin:conversations_project_queue", found.pk)
        return redirect("admin:conversations_project_case", found.pk, case.pk)

    return door


def filters_of(query: QueryDict) -> dict[str, str]:
    """The queue's filters that are set."""
    return {name: str(query[name]) for name in FILTERS if query.get(name)}


def queue_address(project: Project, kept: dict[str, str]) -> str:
    """The queue, filtered so."""
    address = reverse("admin:conversations_project_queue", args=[project.pk])
    return f"{address}?{urlencode(kept)}" if kept else address


def case_address(case: Case, kept: dict[str, str]) -> str:
    """The page of a case, which leads back to the queue filtered so."""
    address = reverse("admin:conversations_project_case", args=[case.project_id, case.pk])
    return f"{address}?{urlencode(kept)}" if kept else address


def _lines(project: Project, cases: list[Case], people: dict[UUID, People], kept: dict[str, str]) -> list[Line]:
    counts = assessed_counts(cases, project)
    return [
        Line(
            case,
            people[case.conversation_id].title(case.conversation),
            people[case.conversation_id].owner(case.conversation),
            counts.get(case.pk, 0),
            case_address(case, kept),
        )
        for case in cases
    ]


def _tabs(project: Project, kept: dict[str, str]) -> list[tuple[str, str, int, bool]]:
    """Words, address, number and whether it is chosen, for all and for each status."""
    counted = figures(project)
    rest = {name: value for name, value in kept.items() if name != "status"}
    chosen = kept.get("status", "")
    tabs = [(_("All"), queue_address(project, rest), sum(counted.values()), chosen not in Status.values)]
    for status, count in counted.items():
        address = queue_address(project, {**rest, "status": status.value})
        tabs.append((str(status.label), address, count, chosen == status))
    return tabs


def _owners(project: Project, kept: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Words, address and whether it is chosen, for each way to say whose cases are shown."""
    rest = {name: value for name, value in kept.items() if name != "whose"}
    names = {
        "": _("Everybody’s"),
        MINE: _("Mine"),
        UNASSIGNED: _("Unassigned"),
        UNASSESSED: _("Not assessed by me"),
        **{str(user.pk): user.get_username() for user in reviewers_of(project)},
    }
    chosen = kept.get("whose", "")
    return [
        (words, queue_address(project, {**rest, **({"whose": whose} if whose else {})}), whose == chosen)
        for whose, words in names.items()
    ]


def reviewers_of(project: Project) -> list[User]:
    """Its members, by name."""
    return list(project.members.order_by("username"))
