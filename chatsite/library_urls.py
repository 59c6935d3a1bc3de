"""The addresses of the library page and of what can be done there."""

from __future__ import annotations

from django.urls import path

from conversations.views.library import changes, oneshot, pages, work

urlpatterns = [
    path("", pages.page, name="library"),
    path("jobs/", work.jobs, name="library_jobs"),
    path("jobs/<uuid:job>/stop/", work.stop, name="library_stop"),
    path("jobs/<uuid:job>/resume/", work.resume, name="library_resume"),
    path("jobs/<uuid:job>/dismiss/", work.dismiss, name="library_dismiss"),
    path("pull/", work.pull, name="library_pull"),
    path("<str:backend>/models/", pages.models, name="library_models"),
    path("<str:backend>/try/", oneshot.page, name="library_try"),
    path("<str:backend>/try/generate/", oneshot.generate, name="library_generate"),
    path("<str:backend>/try/embed/", oneshot.embed, name="library_embed"),
    path("<str:backend>/details/", pages.details, name="library_details"),
    path("<str:backend>/load/", work.load, name="library_load"),
    path("<str:backend>/unload/", changes.unload, name="library_unload"),
    path("<str:backend>/push/", work.push, name="library_push"),
    path("<str:backend>/create/", changes.create, name="library_create"),
    path("<str:backend>/copy/", changes.copy, name="library_copy"),
    path("<str:backend>/delete/", changes.delete, name="library_delete"),
]
