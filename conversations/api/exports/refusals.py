"""What is not exported, as problem documents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from conversations.api.problems import FieldError, Problem, problem_answer
from conversations.exports.rights import ExportRefused
from conversations.exports.words import refusal
from conversations.faults import fault
from conversations.models.exports.job import TooManyExports

_FIELDS = {"reason_missing": "reason", "reason_too_long": "reason", "bad_patterns": "redact"}


def answer_refusals_of(api: NinjaAPI) -> None:
    """Let `api` answer them from here."""
    api.add_exception_handler(ExportRefused, _refused)
    api.add_exception_handler(TooManyExports, _too_many)


def _refused(request: HttpRequest, error: ExportRefused | type[ExportRefused]) -> HttpResponse:
    code = error.code if isinstance(error, ExportRefused) else "not_allowed"
    if code in _FIELDS:
        words, errors = fault("bad_field"), [FieldError(field=_FIELDS[code], message=refusal(code))]
        problem = Problem(status=422, code="bad_field", title=str(words.text), detail=str(words.advice), errors=errors)
    else:
        problem = Problem(status=403, code=code, title=refusal(code))
    return problem_answer(problem)


def _too_many(request: HttpRequest, error: TooManyExports | type[TooManyExports]) -> HttpResponse:
    title, detail = refusal("too_many"), _("Wait for the one that runs, or delete one.")
    return problem_answer(Problem(status=409, code="too_many_exports", title=title, detail=detail))
