"""The dashboard: the site's figures as charts that the server draws, and the table behind each."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from conversations.review.figures.charts import Chart, chart
from conversations.review.figures.counting import GROUPS, SPANS, Figures, report

GROUP_NAMES = {
    "day": gettext_lazy("Day"),
    "user": gettext_lazy("Person"),
    "model": gettext_lazy("Model"),
    "backend": gettext_lazy("Server"),
}
CHARTED = 40
"""Rows that are drawn; the table has all of them up to TABLED."""
TABLED = 500


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its name and the unit of its values."""

    name: str
    unit: str
    chart: Chart


@require_safe
@permission_required("conversations.view_dashboard", raise_exception=True)
def figures(request: HttpRequest) -> HttpResponse:
    """`?days=` is one of SPANS, `?by=` one of GROUPS; anything else is the first of them."""
    days = next((span for span in SPANS if str(span) == request.GET.get("days")), 30)
    group = next((group for group in GROUPS if group == request.GET.get("by")), "day")
    found = report(days, group)
    drawn = found.rows if group == "day" else found.rows[:CHARTED]
    context = {
        **admin.site.each_context(request),
        "title": _("Figures"),
        "days": days,
        "group": group,
        "group_name": GROUP_NAMES[group],
        "spans": SPANS,
        "groups": GROUP_NAMES.items(),
        "rows": found.rows[::-1][:TABLED] if group == "day" else found.rows[:TABLED],
        "total": found.total,
        "is_cut": found.is_cut,
        "panels": _panels(drawn),
    }
    answer = TemplateResponse(request, "admin/figures/page.html", context)
    answer.csp = {}  # type: ignore[attr-defined]  # the site's own, strict one
    return answer


def _panels(rows: list[Figures]) -> list[Panel]:
    def panel(name: str, unit: str, values: list[float]) -> Panel:
        return Panel(name, unit, chart([(row.label, value) for row, value in zip(rows, values, strict=True)]))

    return [
        panel(_("Conversations"), "", [float(len(row.conversations)) for row in rows]),
        panel(_("Replies"), "", [float(row.replies) for row in rows]),
        panel(_("Tokens written"), "", [float(row.tokens) for row in rows]),
        panel(_("Failed or interrupted"), "", [float(row.errors) for row in rows]),
        panel(_("Time to the first token, median"), "ms", [row.first_ms or 0.0 for row in rows]),
        panel(_("Tokens per second, median"), "", [row.speed or 0.0 for row in rows]),
    ]
