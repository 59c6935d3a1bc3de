"""Who may look into a review project, and who may work in it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.models import Project, User

REVIEW = "conversations.review_conversation"
SET_UP = "conversations.change_project"


class ReviewRefused(ValueError):
    """A verb of the review that cannot be carried out: a `code` for programs and words for people."""

    def __init__(self, code: str, words: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


def projects_of(user: User) -> QuerySet[Project]:
    """What `user` may look into: their own as a reviewer, every one as somebody who sets them up."""
    if not user.may_chat or not user.is_staff:
        return Project.objects.none()
    if user.has_perm(SET_UP):
        return Project.objects.all()
    return Project.objects.filter(members=user) if user.has_perm(REVIEW) else Project.objects.none()


def works_in(user: User, project: Project) -> bool:
    """Whether `user` may review here now."""
    return project.is_open and user.has_perm(REVIEW) and project.members.filter(pk=user.pk).exists()


def require_work(user: User, project: Project) -> None:
    """Raises ReviewRefused unless `user` works in the project, and it is open."""
    if not project.is_open:
        raise ReviewRefused("project_closed", _("The project is closed. It can be read, not worked in."))
    if not works_in(user, project):
        raise ReviewRefused("no_member", _("You are no reviewer of this project. Somebody who sets it up can add you."))
