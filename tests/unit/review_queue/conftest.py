"""A project with two reviewers and a rubric of two criteria, over conversations of somebody easily recognised."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from conversations.models import Conversation, Criterion, Project, User
from conversations.review.queue import enqueue
from tests.unit.views.people import answer, say

OWNER = {"username": "hortensia", "email": "h.quill@letters.example", "first_name": "Hortensia", "last_name": "Quill"}
MODEL = "secretmodel:9b"
BACKEND = "hiddenserver"


def reviewer(name: str) -> User:
    """Somebody with the rights of the group, which a test that ends with an emptied database leaves behind without."""
    user = User.objects.create_user(name, is_staff=True)
    group, is_new = Group.objects.get_or_create(name="Reviewers")
    if is_new:
        rights = ("view_conversation", "view_message", "view_project", "view_criterion", "review_conversation")
        group.permissions.set(Permission.objects.filter(codename__in=rights))
    user.groups.add(group)
    return user


def conversation_of(owner: User, number: int = 1) -> Conversation:
    """A question and a reply that give away everything."""
    made = Conversation.objects.create(
        owner=owner, title=f"Letter {number} of Hortensia", model_name=MODEL, backend_name=BACKEND
    )
    question = say(made, f"I am hortensia, Hortensia Quill, <h.quill@letters.example>. Question {number}.")
    answer(made, f"Dear **Hortensia**, I am secretmodel. Answer {number}.", question, model_name=MODEL,
           backend_name=BACKEND, provenance={"model": MODEL}, metrics={"tokens": 3})  # fmt: skip
    return made


def project_of(owner: User, *reviewers: User) -> Project:
    """Three cases, and a rubric of two criteria."""
    made = Project.objects.create(name="Tone")
    made.members.set(reviewers)
    for name, highest in (("Clarity", 5), ("Kind", 2)):
        Criterion.objects.create(project=made, name=name, lowest=1, highest=highest)
    enqueue(made, [conversation_of(owner, number) for number in range(3)], by=reviewers[0])
    return made


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user(**OWNER)


@pytest.fixture
def rita(db: None) -> User:
    return reviewer("rita")


@pytest.fixture
def paul(db: None) -> User:
    return reviewer("paul")


@pytest.fixture
def project(rita: User, paul: User, owner: User) -> Project:
    """With three cases."""
    return project_of(owner, rita, paul)
