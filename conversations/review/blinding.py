"""Blind projects: reviewers see pseudonyms for people, models and conversations, and names in texts are replaced.

A pseudonym is a keyed hash of the project's salt: the same person has the same one throughout a project, another in
every other, and nobody can compute it without the database. Who is a member of a blind project that has a
conversation is blind to it on every page of the admin, until they lift it: with a right, on the record.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from conversations.models import AccessKind, AccessRecord, Case, Conversation, Message, Project, User
from conversations.rendering import render
from conversations.review.names import Names, names_in
from conversations.review.people import Named, People
from conversations.review.reading import ReadingRefused, open_for, sitting_of

M = TypeVar("M", bound=Model)
DIGITS = 6  # of base 16: one project of a thousand people in thirty has two with the same


def pseudonym(project: Project, kind: str, key: object) -> str:
    """Hexadecimal digits that stand for `key` in `project`; `kind` (person, model, conversation) keeps them apart."""
    return hmac.new(project.salt.encode(), f"{kind}:{key}".encode(), "sha256").hexdigest()[:DIGITS]


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """What people, models and conversations are called in a blind project (see `People`).

    Without `names`, which are those of one conversation, nothing that was written can be shown.
    """

    project: Project
    names: Names | None = None
    is_blind = True

    def owner(self, conversation: Conversation) -> str:
        """Whose conversation it is."""
        return self.person(conversation.owner_id)

    def sender(self, message: Message) -> str:
        """Who wrote a message of role `user`; empty when the account is gone."""
        return self.person(message.sender_id) if message.sender_id else ""

    def person(self, number: int) -> str:
        """The account of that number."""
        return _("Person %(digits)s") % {"digits": pseudonym(self.project, "person", number)}

    def model(self, name: str) -> str:
        """What a model is called; "" stays."""
        return _("Model %(digits)s") % {"digits": pseudonym(self.project, "model", name)} if name else ""

    def title(self, conversation: Conversation) -> str:
        """What a conversation is called: its title is words of its owner's."""
        return _("Conversation %(digits)s") % {"digits": pseudonym(self.project, "conversation", conversation.pk)}

    def text(self, text: str) -> str:
        """Anything that was written in the conversation, with the names that are known of it replaced."""
        if self.names is None:
            return ""
        return self.names.replaced(text, self.person(self.names.owner.pk), self.model)

    def html(self, message: Message) -> SafeString:
        """A message's text as safe HTML, rendered by us. The source is replaced: HTML would come apart."""
        return mark_safe(render(self.text(message.content)))  # noqa: S308


def people_for(
    viewer: User,
    subject: Project | Conversation,
    session_key: str | None = None,
    project: Project | None = None,
) -> People:
    """The names that `viewer` may see of a project's queue, or of one conversation in this sitting.

    On the page of a blind `project` that has the conversation everybody is blind, its members and others.
    """
    if isinstance(subject, Project):
        return Pseudonyms(subject) if subject.is_blind else Named()
    blind = project if project is not None and project.is_blind else blind_project(viewer, subject)
    if blind is None or is_lifted(viewer, subject, session_key):
        return Named()
    return Pseudonyms(blind, names_in(subject))


def people_in(
    viewer: User, conversations: Iterable[Conversation], project: Project | None = None
) -> dict[UUID, People]:
    """The names of each of the conversations in a list, by its id; on a list of a blind `project` all have pseudonyms.

    Nothing that was written can be shown of a blind one. What was lifted for a sitting is so on its own page only.
    """
    ids = [conversation.pk for conversation in conversations]
    if project is not None and project.is_blind:
        return dict.fromkeys(ids, Pseudonyms(project))
    found = Case.objects.filter(project__is_blind=True, project__members=viewer, conversation__in=ids)
    blind: dict[UUID, People] = {
        case.conversation_id: Pseudonyms(case.project) for case in found.select_related("project").order_by("-project")
    }
    return {pk: blind.get(pk, Named()) for pk in ids}


def blind_project(viewer: User, conversation: Conversation) -> Project | None:
    """The project that makes `viewer` blind to the conversation; the oldest of several."""
    found = Project.objects.filter(is_blind=True, members=viewer, cases__conversation=conversation)
    return found.order_by("pk").first()


def without_blind(rows: QuerySet[M], viewer: User, path: str = "pk") -> QuerySet[M]:
    """Without what `viewer` is blind to: lists, searches and filters would tell. `path` leads to the conversation."""
    projects = list(Project.objects.filter(is_blind=True, members=viewer).values_list("pk", flat=True))
    if not projects:
        return rows
    return rows.exclude(Exists(Case.objects.filter(project__in=projects, conversation=OuterRef(path))))


def is_lifted(viewer: User, conversation: Conversation, session_key: str | None) -> bool:
    """Whether they were told the names in this sitting already."""
    return bool(session_key) and _lifted(viewer, conversation, session_key).exists()


def unblind(viewer: User, case: Case, session_key: str | None, reason: str) -> AccessRecord:
    """Lift the pseudonyms of one case for one sitting, on the record; its owner is told. Raises ReadingRefused."""
    if not viewer.has_perm("conversations.unblind_project"):
        raise ReadingRefused("not_allowed")
    found = _lifted(viewer, case.conversation, session_key).first() if session_key else None
    return found or open_for(viewer, case.conversation, session_key, reason, AccessKind.UNBLIND)


def _lifted(viewer: User, conversation: Conversation, session_key: str | None) -> QuerySet[AccessRecord]:
    return AccessRecord.objects.filter(
        conversation_key=conversation.pk, reader=viewer, sitting=sitting_of(session_key), kind=AccessKind.UNBLIND
    )
