"""Finding projects and cases for the reviewer who asks, and answering under the strict policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from conversations.models import Case, Project
from conversations.review.members import projects_of
from conversations.views.lookups import member_of

Door = Callable[..., HttpResponse]


def find_project(request: HttpRequest, pk: int) -> Project:
    """A project that the reviewer may look into. Raises Http404."""
    return get_object_or_404(projects_of(member_of(request)), pk=pk)


def find_case(request: HttpRequest, project: int, pk: int) -> Case:
    """A case of such a project. Raises Http404."""
    cases = Case.objects.filter(project=find_project(request, project))
    return get_object_or_404(cases.select_related("project", "assignee", "conversation__owner"), pk=pk)


def answer(
    request: HttpRequest, site: AdminSite, template: str, context: dict[str, Any], status: int = 200
) -> TemplateResponse:
    """A page that no one keeps a copy of."""
    found = TemplateResponse(request, template, {**site.each_context(request), **context}, status=status)
    found.csp = {}  # type: ignore[attr-defined]  # the site's own, strict one
    found["Cache-Control"] = "no-store"
    return found
