"""The addresses of the page of exports."""

from __future__ import annotations

from django.urls import path

from conversations.views.exports import pages

urlpatterns = [
    path("", pages.exports, name="exports"),
    path("jobs/", pages.jobs, name="export_jobs"),
    path("<uuid:export>/file/", pages.file, name="export_file"),
    path("<uuid:export>/key/", pages.key, name="export_key"),
    path("<uuid:export>/stop/", pages.stop, name="stop_export"),
    path("<uuid:export>/again/", pages.again, name="export_again"),
    path("<uuid:export>/delete/", pages.delete, name="delete_export"),
]
