"""Errors as problem documents (RFC 9457): a stable `code` of ours, words for people, and the fields at fault."""

from __future__ import annotations

from json import JSONDecodeError

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from pydantic import BaseModel

from conversations.api.access import MissingScope
from conversations.backends.base import BackendError, BackendRefused
from conversations.faults import UPLOADS, fault, library_fault
from conversations.models.conversation import Refused
from conversations.models.quota import seconds_left
from conversations.telemetry.requests import request_id
from conversations.uploads.receiving import Rejected

MEDIA_TYPE = "application/problem+json"
_BACKEND_STATUSES = {
    "model_missing": 404,
    "server_gone": 404,
    "not_published": 404,
    "too_many_jobs": 429,
    "busy": 503,
    "upstream_down": 503,
    "upstream_protocol": 502,
    "upstream_error": 502,
}
_AGAIN = {429: 1, 503: 5}
"""Seconds after which it may go better."""
_REFUSALS = {"not_found": 404, "conversation_busy": 409, "sharing_barred": 409, "too_many_replies": 429,
    "storage_busy": 503, "quota_messages": 429, "quota_tokens": 429}  # fmt: skip


class FieldError(BaseModel):
    """One value that was not accepted: where it was (`limit`), and why."""

    field: str
    message: str


class Problem(BaseModel):
    """What every error answers. `errors` is there when values were not accepted, `scope` when the token lacks it.

    `request_id` is that of the request (`X-Request-ID`), under which the log has more.
    """

    type: str = "about:blank"
    status: int
    code: str
    title: str
    detail: str = ""
    scope: str | None = None
    errors: list[FieldError] | None = None
    request_id: str | None = None


class Forbidden(Exception):
    """Whoever asks may not do this."""


class NotJSON(Exception):
    """A body that says it is something else, or nothing: `str()` is the media type it names."""


class Taken(Exception):
    """A number that a new thing was to have, and that there is already."""


class Conflict(Exception):
    """What cannot be done as things are: a `code`, and words for people."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class Unacceptable(ValueError):
    """A value that looks right and is not: `field` names it, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def answer_errors_of(api: NinjaAPI) -> None:
    """Let `api` answer all its errors from here."""
    api.add_exception_handler(AuthenticationError, _nobody)
    api.add_exception_handler(Throttled, _too_many)
    api.add_exception_handler(ValidationError, _unacceptable)
    api.add_exception_handler(Unacceptable, _refused_value)
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(Rejected, _rejected_file)
    api.add_exception_handler(RequestDataTooBig, _too_big)
    api.add_exception_handler(Forbidden, _forbidden)
    api.add_exception_handler(MissingScope, _out_of_scope)
    api.add_exception_handler(Taken, _taken)
    api.add_exception_handler(Conflict, _conflict)
    api.add_exception_handler(BackendError, _from_backend)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(HttpError, _other)


def problem_answer(problem: Problem) -> HttpResponse:
    """The document, with the headers that belong to its status. Who used up their day waits for the next."""
    problem.request_id = request_id.get() or None
    answer = HttpResponse(problem.model_dump_json(exclude_none=True), status=problem.status, content_type=MEDIA_TYPE)
    answer["Cache-Control"] = "no-store"
    if problem.status in _AGAIN:
        is_for_today = problem.code.startswith("quota_")
        answer["Retry-After"] = str(seconds_left() if is_for_today else _AGAIN[problem.status])
    return answer


def not_allowed(allowed: list[str]) -> HttpResponse:
    """405, for a method that an address does not have."""
    detail = _("Allowed are: %(methods)s.") % {"methods": ", ".join(allowed)}
    answer = problem_answer(
        Problem(status=405, code="not_allowed", title=_("This cannot be done here."), detail=detail)
    )
    answer["Allow"] = ", ".join(allowed)
    return answer


def _nobody(request: HttpRequest, error: AuthenticationError | type[AuthenticationError]) -> HttpResponse:
    answer = problem_answer(
        Problem(
            status=401,
            code="signed_out",
            title=_("Nobody is signed in."),
            detail=_("Send “Authorization: Bearer” with a token that is valid, or sign in."),
        )
    )
    reason = ', error="invalid_token"' if "Authorization" in request.headers else ""
    answer["WWW-Authenticate"] = f'Bearer realm="Chatsite"{reason}'
    return answer


def _too_many(request: HttpRequest, error: Throttled | type[Throttled]) -> HttpResponse:
    return problem_answer(
        Problem(status=429, code="slow_down", title=str(fault("slow_down").text), detail=_("Try again in a moment."))
    )


def _missing(request: HttpRequest, error: Http404 | type[Http404]) -> HttpResponse:
    """The same for what does not exist and for what is somebody else's."""
    words = fault("not_found")
    return problem_answer(Problem(status=404, code="not_found", title=str(words.text), detail=str(words.advice)))


def _unacceptable(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    found = error.errors if isinstance(error, ValidationError) else []
    return _values([FieldError(field=".".join(map(str, one["loc"][1:])), message=one["msg"]) for one in found])


def _refused_value(request: HttpRequest, error: Unacceptable | type[Unacceptable]) -> HttpResponse:
    field = error.field if isinstance(error, Unacceptable) else ""
    return _values([FieldError(field=field, message=str(error))])


def _refused(request: HttpRequest, error: Refused | type[Refused]) -> HttpResponse:
    """What was asked for and not carried out, by the codes of the socket."""
    code, field = (error.code, error.field) if isinstance(error, Refused) else ("bad_field", "")
    words = fault(code)
    errors = [FieldError(field=field, message=str(words.text))] if field and code not in _REFUSALS else None
    status = _REFUSALS.get(code, 422)
    return problem_answer(
        Problem(status=status, code=code, title=str(words.text), detail=str(words.advice), errors=errors)
    )


def _rejected_file(request: HttpRequest, error: Rejected | type[Rejected]) -> HttpResponse:
    code, values = (error.code, error.values) if isinstance(error, Rejected) else ("file_missing", {})
    words = UPLOADS[code]
    status = 503 if words.retryable else 422
    return problem_answer(Problem(status=status, code=code, title=str(words.text) % values, detail=str(words.advice)))


def _too_big(request: HttpRequest, error: RequestDataTooBig | type[RequestDataTooBig]) -> HttpResponse:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
    title, detail = _("The request is too large."), _("At most %(limit)s MiB are taken.") % {"limit": limit}
    return problem_answer(Problem(status=413, code="too_long", title=title, detail=detail))


def _forbidden(request: HttpRequest, error: Forbidden | type[Forbidden]) -> HttpResponse:
    title, detail = _("You may look at the models, not change them."), _("An administrator may.")
    return problem_answer(Problem(status=403, code="forbidden", title=title, detail=detail))


def _out_of_scope(request: HttpRequest, error: MissingScope | type[MissingScope]) -> HttpResponse:
    scope = error.scope.value if isinstance(error, MissingScope) else ""
    title = _("This token is not for that: it lacks the scope “%(scope)s”.") % {"scope": scope}
    detail = _("Make another token with this scope in your account.")
    answer = problem_answer(Problem(status=403, code="missing_scope", title=title, detail=detail, scope=scope))
    answer["WWW-Authenticate"] = f'Bearer realm="Chatsite", error="insufficient_scope", scope="{scope}"'
    return answer


def _taken(request: HttpRequest, error: Taken | type[Taken]) -> HttpResponse:
    title, detail = _("This number is taken."), _("Choose another one, or leave it out.")
    return problem_answer(Problem(status=409, code="taken", title=title, detail=detail))


def _conflict(request: HttpRequest, error: Conflict | type[Conflict]) -> HttpResponse:
    code = error.code if isinstance(error, Conflict) else "conflict"
    return problem_answer(Problem(status=409, code=code, title=str(error)))


def _from_backend(request: HttpRequest, error: BackendError | type[BackendError]) -> HttpResponse:
    """What a model server did, as a gateway's error; what it was asked wrongly, as the asker's."""
    code, detail = (error.code, error.detail) if isinstance(error, BackendError) else ("internal", "")
    status = _BACKEND_STATUSES.get(code, 422 if isinstance(error, BackendRefused) else 502)
    words = library_fault(code)
    return problem_answer(Problem(status=status, code=code, title=str(words.text), detail=detail or str(words.advice)))


def _values(errors: list[FieldError]) -> HttpResponse:
    words = fault("bad_field")
    return problem_answer(
        Problem(status=422, code="bad_field", title=str(words.text), detail=str(words.advice), errors=errors)
    )


def _other(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    status = error.status_code if isinstance(error, HttpError) else 400
    cause = error.__cause__ if isinstance(error, HttpError) else None
    if isinstance(cause, NotJSON):
        return problem_answer(
            Problem(
                status=415,
                code="not_json",
                title=_("The body has to be JSON."),
                detail=_("Send “Content-Type: application/json”."),
            )
        )
    if isinstance(cause, ValueError | RecursionError):
        at = (
            _("Line %(line)s, column %(column)s.") % {"line": cause.lineno, "column": cause.colno}
            if isinstance(cause, JSONDecodeError)
            else ""
        )
        return problem_answer(Problem(status=400, code="bad_json", title=_("The body is not JSON."), detail=at))
    return problem_answer(Problem(status=status, code="bad_request", title=str(error)))
