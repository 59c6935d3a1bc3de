"""The jobs of the library: their list as a fragment, and beginning, stopping, resuming and clearing away one."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from conversations.backends.base import BackendError
from conversations.generation.engine import engine
from conversations.library.listing import jobs as all_jobs
from conversations.library.listing import recent
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.views.library.access import known_backend, manager_required, named_model
from conversations.views.library.forms import PullForm
from conversations.views.library.pages import places, pullable
from conversations.views.lookups import member_of


@require_safe
@manager_required
def jobs(request: HttpRequest) -> HttpResponse:
    """How far all jobs are."""
    return render(request, "library/_jobs.html", {"jobs": recent(all_jobs(engine.jobs.progress()))})


@require_POST
@manager_required
def pull(request: HttpRequest) -> HttpResponse:
    """Begin a download; 422 with the form for a name that cannot be one."""
    form = PullForm(request.POST, places=pullable(places()))
    if form.is_valid():
        try:
            _start(request, JobKind.PULL, form.cleaned_data["backend"], form.cleaned_data["name"])
        except BackendError as error:
            return render(request, "library/_pull.html", {"pull": form, "error": error}, status=422)
        return HttpResponse(status=204)
    return render(request, "library/_pull.html", {"pull": form}, status=422)


@require_POST
@manager_required
def push(request: HttpRequest, backend: str) -> HttpResponse:
    """Begin an upload of a model under its name."""
    return _begin(request, JobKind.PUSH, backend)


@require_POST
@manager_required
def load(request: HttpRequest, backend: str) -> HttpResponse:
    """Begin to load a model into memory."""
    return _begin(request, JobKind.LOAD, backend)


@require_POST
@manager_required
def stop(request: HttpRequest, job: UUID) -> HttpResponse:
    """End a job, whichever process works on it; what has arrived is kept."""
    get_object_or_404(LibraryJob, pk=job)
    async_to_sync(engine.jobs.stop)(job)
    return HttpResponse(status=204)


@require_POST
@manager_required
def resume(request: HttpRequest, job: UUID) -> HttpResponse:
    """Take a job up again that did not come to its end."""
    try:
        found = async_to_sync(engine.jobs.resume)(job)
    except BackendError as error:
        return render(request, "library/_failed.html", {"error": error}, status=422)
    if found is None:
        raise Http404
    return HttpResponse(status=204)


@require_POST
@manager_required
def dismiss(request: HttpRequest, job: UUID) -> HttpResponse:
    """Take a job that has ended off the list."""
    get_object_or_404(LibraryJob, pk=job)
    LibraryJob.objects.exclude(state=JobState.RUNNING).filter(pk=job).delete()
    return HttpResponse(status=204)


def _begin(request: HttpRequest, kind: JobKind, backend: str) -> HttpResponse:
    try:
        _start(request, kind, known_backend(backend), named_model(request))
    except BackendError as error:
        return render(request, "library/_failed.html", {"error": error}, status=422)
    return HttpResponse(status=204)


def _start(request: HttpRequest, kind: JobKind, backend: str, name: str) -> None:
    async_to_sync(engine.jobs.start)(kind, backend, name, member_of(request))
