"""The projects: listed with their progress, set up with their rubric, and the doors to their queues."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin.projects import agreement, case, queue, unblinding
from conversations.admin.projects.criteria import CriterionInline
from conversations.administration import BoundedPaginator
from conversations.models import Project, Status
from conversations.review.members import projects_of
from conversations.review.queue import figures
from conversations.review.rubric import is_in_use
from conversations.views.lookups import member_of


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin[Project]):
    """Review projects."""

    change_form_template = "admin/review/project.html"
    list_display = ("queue", "progress", "is_blind", "is_open", "set_up")
    list_display_links = None
    list_filter = ("is_open", "is_blind")
    search_fields = ("name", "description")
    fields = ("name", "description", "is_blind", "is_open", "members")
    autocomplete_fields = ("members",)
    inlines = (CriterionInline,)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator

    # What may be done

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """A reviewer's own; all for who sets them up."""
        return projects_of(member_of(request)).distinct()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each is looked at on its own."""
        return {}

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        """To see who is behind the pseudonyms is a right of its own, also all at once."""
        is_kept = obj is not None and obj.is_blind and not request.user.has_perm("conversations.unblind_project")
        return ("is_blind",) if is_kept else ()

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """One that was worked in is closed instead."""
        return super().has_delete_permission(request, obj) and not (obj is not None and is_in_use(obj))

    # The list and the form

    @admin.display(description=_("project"), ordering="name")
    def queue(self, project: Project) -> SafeString:
        """The way to its cases."""
        address = reverse("admin:conversations_project_queue", args=[project.pk])
        return format_html('<a href="{}" dir="auto"><strong>{}</strong></a>', address, project.name)

    @admin.display(description=_("progress"))
    def progress(self, project: Project) -> str:
        """How many cases are done."""
        counted = figures(project)
        return gettext("%(done)d of %(all)d done") % {"done": counted[Status.DONE], "all": sum(counted.values())}

    @admin.display(description="")
    def set_up(self, project: Project) -> SafeString:
        """The way to its form."""
        address = reverse("admin:conversations_project_change", args=[project.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Set-up"))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Project | None = None,
    ) -> HttpResponse:
        """With what cannot be changed any more, and why."""
        context["in_use"] = obj is not None and is_in_use(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # The doors

    def get_urls(self) -> list[URLPattern]:
        """The admin's own, and those of the review."""
        doors = (
            ("<int:project>/queue/", queue.show, "queue"),
            ("<int:project>/next/", queue.take, "next"),
            ("<int:project>/agreement/", agreement.show, "agreement"),
            ("<int:project>/agreement.csv", agreement.download, "agreement_csv"),
            ("<int:project>/cases/<int:case>/", case.show, "case"),
            ("<int:project>/cases/<int:case>/act/", case.act, "act"),
            ("<int:project>/cases/<int:case>/unblind/", unblinding.ask, "unblind"),
        )
        site = self.admin_site
        own = [
            path(where, site.admin_view(door(site)), name=f"conversations_project_{name}")
            for where, door, name in doors
        ]
        return [*own, *super().get_urls()]
