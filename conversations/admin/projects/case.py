"""A case: the reading page of its conversation, with the panel in which it is assigned, assessed and closed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conversations.admin.projects.lookups import Door, find_case
from conversations.admin.projects.panel import panel_of
from conversations.admin.projects.queue import case_address, filters_of, queue_address
from conversations.admin.reading.frame import Frame
from conversations.admin.reading.page import open_page
from conversations.models import Case, User
from conversations.review import rubric
from conversations.review.blinding import people_for
from conversations.review.members import ReviewRefused
from conversations.review.queue import assign, cases_of, set_status, take
from conversations.views.lookups import member_of

PREFIX = "criterion-"


def show(site: AdminSite) -> Door:
    """The door to the page; `?status=` and `?whose=` are the queue's, in which the next case is looked for."""

    @require_http_methods(["GET", "HEAD", "POST"])
    def door(request: HttpRequest, project: int, case: int) -> HttpResponse:
        found = find_case(request, project, case)
        return open_page(request, site, found.conversation, _frame(request, found))

    return door


def act(site: AdminSite) -> Door:
    """The door that writes: `do` is take, assign, status or assess."""

    @require_POST
    def door(request: HttpRequest, project: int, case: int) -> HttpResponse:
        found, reviewer = find_case(request, project, case), member_of(request)
        try:
            messages.success(request, _do(request, found, reviewer))
        except ReviewRefused as refused:
            messages.error(request, str(refused.words))
        return redirect(case_address(found, filters_of(request.GET)))

    return door


def _frame(request: HttpRequest, case: Case) -> Frame:
    viewer, kept = member_of(request), filters_of(request.GET)
    people = people_for(viewer, case.conversation, request.session.session_key, case.project)
    others = cases_of(case.project, viewer, **kept)
    return Frame(
        people,
        (case.project.name, queue_address(case.project, kept)),
        previous=_address(others.filter(pk__lt=case.pk).order_by("-pk"), kept),
        next=_address(others.filter(pk__gt=case.pk), kept),
        case=case,
        panel="admin/review/_panel.html",
        extra=panel_of(case, viewer, people, kept),
    )


def _address(cases: QuerySet[Case], kept: dict[str, str]) -> str:
    found = cases.first()
    return case_address(found, kept) if found else ""


def _do(request: HttpRequest, case: Case, reviewer: User) -> str:
    """Do what was asked for; the words that tell it. Raises ReviewRefused."""
    match request.POST.get("do"):
        case "take":
            return _("It is yours.") if take(case, reviewer) else _("Somebody else has taken it in this moment.")
        case "assign":
            return _assign(request.POST.get("assignee", ""), case, reviewer)
        case "status":
            set_status(case, request.POST.get("status", ""), reviewer)
            return _("Status: %(status)s") % {"status": case.get_status_display()}
        case "assess":
            sheet = rubric.assess(case, reviewer, _values(request.POST))
            return _("Your assessment is kept.") if sheet.is_full else _("Kept. It is not complete yet.")
    raise ReviewRefused("unknown_act", _("This cannot be done here."))


def _assign(number: str, case: Case, by: User) -> str:
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    assignee = case.project.members.filter(pk=int(number)).first() if is_number else None
    if number and assignee is None:
        raise ReviewRefused("no_reviewer", _("Only reviewers of the project can have its cases."))
    assign(case, assignee, by)
    return _("Assigned to %(name)s.") % {"name": assignee} if assignee else _("Nobody has it now.")


def _values(form: Any) -> rubric.Values:
    """The criteria that were answered. Raises ReviewRefused for what is no number."""
    given = {name.removeprefix(PREFIX): value for name, value in form.items() if name.startswith(PREFIX) and value}
    try:
        return {int(number): int(value) for number, value in given.items()}
    except ValueError:
        raise ReviewRefused("off_scale", _("Choose one of the values of the scale.")) from None
