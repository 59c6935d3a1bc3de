"""What the panel of a case shows: how far it is, whose it is, the rubric, and (when that is fair) what others gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from conversations.admin.projects.queue import reviewers_of
from conversations.models import Case, Criterion, Status, User
from conversations.review.members import works_in
from conversations.review.people import People
from conversations.review.rubric import Sheet, assessed_counts, sheet_of


@dataclass(frozen=True, slots=True)
class Question:
    """A criterion with its steps (value, word, whether chosen) and, side by side, what others gave."""

    criterion: Criterion
    steps: list[tuple[int, str, bool]]
    own: str
    others: list[str]

    @property
    def is_worded(self) -> bool:
        """Whether the steps have words, and need a line each."""
        return bool(self.criterion.words)


def panel_of(case: Case, viewer: User, people: People, kept: dict[str, str]) -> dict[str, Any]:
    """The context of `admin/review/_panel.html`."""
    project, sheet = case.project, sheet_of(case, viewer)
    members, numbers = reviewers_of(project), [project.pk, case.pk]
    if case.assignee and case.assignee not in members:
        members.append(case.assignee)
    query = f"?{urlencode(kept)}" if kept else ""
    return {
        "project": project,
        "works": works_in(viewer, project),
        "viewer": viewer,
        "statuses": Status.choices,
        "members": members,
        "sheet": sheet,
        "questions": _questions(sheet),
        "compared": [other.get_username() for other in sheet.others],
        "assessed": assessed_counts([case], project).get(case.pk, 0),
        "act_address": reverse("admin:conversations_project_act", args=numbers) + query,
        "unblind_address": reverse("admin:conversations_project_unblind", args=numbers) + query,
        "may_unblind": people.is_blind and viewer.has_perm("conversations.unblind_project"),
        "is_lifted": project.is_blind and not people.is_blind,
    }


def _questions(sheet: Sheet) -> list[Question]:
    return [
        Question(
            criterion,
            [(value, _word(criterion, value), sheet.values.get(criterion.pk) == value) for value in criterion.scale],
            _shown(criterion, sheet.values.get(criterion.pk)),
            [_shown(criterion, values[criterion.pk]) for values in sheet.others.values()],
        )
        for criterion in sheet.criteria
    ]


def _word(criterion: Criterion, value: int) -> str:
    return str(criterion.words[value - criterion.lowest]) if criterion.words else ""


def _shown(criterion: Criterion, value: int | None) -> str:
    if value is None:
        return "–"
    word = _word(criterion, value)
    return f"{value} · {word}" if word else str(value)
