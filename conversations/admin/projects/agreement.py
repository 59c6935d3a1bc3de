"""How far the reviewers of a project agree, as a page and as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from conversations.admin.projects.lookups import Door, answer, find_project
from conversations.review.agreement import Kappa, Table, agreement_in
from conversations.transcripts.csv import MARK, row

WHY: dict[str, Promise] = {
    "no_case": gettext_lazy("no case that both have assessed"),
    "no_variance": gettext_lazy("undefined: both always gave the same one value"),
}
COLUMNS = (
    *("criterion", "lowest", "highest", "reviewer_1", "reviewer_2", "weights", "n"),
    *("observed", "expected", "kappa", "remark"),
)


def show(site: AdminSite) -> Door:
    """The door to the page."""

    @require_safe
    def door(request: HttpRequest, project: int) -> HttpResponse:
        found = find_project(request, project)
        tables = [
            {
                "criterion": table.criterion,
                "rows": [(pair.first, pair.second, _words(pair.plain), _words(pair.weighted)) for pair in table.rows],
                "mean": _number(table.mean),
                "weighted_mean": _number(table.weighted_mean),
                "has_several": len(table.rows) > 1,
            }
            for table in agreement_in(found)
        ]
        context = {"title": _("Agreement"), "project": found, "tables": tables}
        return answer(request, site, "admin/review/agreement.html", context)

    return door


def download(site: AdminSite) -> Door:
    """The door to the table."""

    @require_safe
    def door(request: HttpRequest, project: int) -> HttpResponse:
        found = find_project(request, project)
        text = MARK + row(COLUMNS) + "".join(row(cells) for cells in _cells(agreement_in(found)))
        name = f"agreement-{slugify(found.name) or found.pk}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)

    return door


def _cells(tables: list[Table]) -> Iterator[list[object]]:
    for table in tables:
        criterion = table.criterion
        for pair in table.rows:
            for weights, kappa in (("none", pair.plain), ("linear", pair.weighted)):
                names = [pair.first.get_username(), pair.second.get_username(), weights]
                figures = [kappa.n, kappa.observed, kappa.expected, kappa.value, kappa.why]
                yield [criterion.name, criterion.lowest, criterion.highest, *names, *figures]


def _words(kappa: Kappa) -> dict[str, object]:
    return {
        "n": kappa.n,
        "observed": _number(kappa.observed),
        "expected": _number(kappa.expected),
        "value": _number(kappa.value),
        "why": WHY.get(kappa.why, ""),
    }


def _number(value: float | None) -> str:
    # Rounded first: what is nothing must not be minus nothing.
    return "–" if value is None else number_format(round(value, 3) + 0.0, decimal_pos=3)
