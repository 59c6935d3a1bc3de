"""The addresses of the trash."""

from __future__ import annotations

from django.urls import path

from conversations.views.keeping import trash

urlpatterns = [
    path("", trash.trash, name="trash"),
    path("empty/", trash.empty, name="empty_trash"),
    path("c/<uuid:conversation>/restore/", trash.restore, name="restore_trashed"),
    path("c/<uuid:conversation>/delete/", trash.delete, name="delete_trashed"),
    path("m/<int:message>/restore/", trash.restore_branch, name="restore_branch"),
    path("m/<int:message>/delete/", trash.delete_branch, name="delete_branch"),
]
