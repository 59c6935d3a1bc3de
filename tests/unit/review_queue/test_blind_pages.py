"""A blind project: no page that a member can open names whose conversation it is, or which model answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from conversations.models import AccessKind, AccessRecord, ApiToken, Case, Conversation, Project, Role, User
from conversations.models.token import Scope
from conversations.review import notes
from conversations.review.queue import enqueue
from conversations.review.rubric import assess
from tests.unit.review_queue.conftest import BACKEND, MODEL

TOLD = re.compile(rf"hortensia|quill|letters\.example|{MODEL.partition(':')[0]}|{BACKEND}", re.IGNORECASE)


@pytest.fixture
def blind(project: Project, rita: User, paul: User) -> Project:
    """Worked in by both: assessed, noted on, and one case lifted by paul, who writes down what he saw."""
    project.is_blind = True
    project.save()
    case = project.cases.order_by("pk")[0]
    for person in (rita, paul):
        assess(case, person, {criterion.pk: 1 for criterion in project.criteria.all()})
    notes.write(paul, case.conversation, "So it is Hortensia Quill after all.", case=case)
    return project


@pytest.fixture
def at_rita(client: Client, rita: User, blind: Project) -> Client:
    """Signed in, with a reason given for each case, on the case's page or on the conversation's own."""
    client.force_login(rita)
    for case in blind.cases.all():
        client.post(reverse("admin:conversations_project_case", args=[blind.pk, case.pk]), {"reason": "An audit"})
    return client


def admin_patterns() -> Iterator[URLPattern]:
    """Every address of the admin."""
    found = next(entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "admin")
    assert isinstance(found, URLResolver)
    stack = list(found.url_patterns)
    while stack:
        entry = stack.pop()
        if isinstance(entry, URLResolver):
            stack += entry.url_patterns
        else:
            yield entry


def addresses(case: Case) -> Iterator[str]:
    """Each page of the admin, opened for the case, its conversation, its owner, each of its messages."""
    talk = case.conversation
    reply = talk.messages.get(role=Role.ASSISTANT)
    objects = {
        "conversation": talk.pk, "message": reply.pk, "project": case.project_id, "user": talk.owner_id,
        "case": case.pk,
    }  # fmt: skip
    for entry in admin_patterns():
        model = next((name for name in objects if f"_{name}_" in f"{entry.name}_"), "conversation")
        known = {"object_id": objects[model], "pk": objects[model], **objects}
        wanted = {name: known[name] for name in entry.pattern.converters if name in known}
        if set(wanted) == set(entry.pattern.converters):
            with suppress(NoReverseMatch):  # Django's catch-all has no name, and some models have other numbers
                yield reverse(f"admin:{entry.name}", kwargs=wanted)
    read = reverse("admin:conversations_conversation_change", args=[talk.pk])
    page = reverse("admin:conversations_project_case", args=[case.project_id, case.pk])
    yield from (f"{address}?on={reply.pk}&at={reply.pk}" for address in (read, page))
    yield from (f"{reverse('admin:conversations_conversation_changelist')}?q={word}" for word in ("", "Question"))
    yield "/account/"


def test_no_page_tells(at_rita: Client, blind: Project) -> None:
    seen = set()
    for case in blind.cases.select_related("conversation__owner"):
        for address in addresses(case):
            answer = at_rita.get(address)
            if answer.status_code == 200 and "html" in answer["Content-Type"]:
                seen.add(answer.resolver_match.view_name)
                assert not TOLD.findall(answer.content.decode()), address
            else:
                assert not TOLD.findall(str(answer.headers)), address
    assert {
        "admin:index", "admin:conversations_project_queue", "admin:conversations_project_case",
        "admin:conversations_project_agreement", "admin:conversations_project_change",
        "admin:conversations_conversation_change", "admin:conversations_conversation_changelist",
    } <= seen  # fmt: skip


def test_the_gate_does_not_tell(client: Client, rita: User, blind: Project) -> None:
    client.force_login(rita)
    case = blind.cases.order_by("pk")[1]
    for address in (
        reverse("admin:conversations_project_case", args=[blind.pk, case.pk]),
        reverse("admin:conversations_conversation_change", args=[case.conversation_id]),
    ):
        answer = client.get(address)
        assert "reason" in answer.content.decode()
        assert not TOLD.findall(answer.content.decode())


def test_the_doors_that_write_do_not_tell(at_rita: Client, blind: Project) -> None:
    case = blind.cases.order_by("pk")[0]
    for door, form in (("label", {"label": ""}), ("note", {"text": "Mine", "case": case.pk}), ("note", {"text": ""})):
        address = reverse(f"admin:conversations_conversation_{door}", args=[case.conversation_id])
        for headers in ({}, {"X-Requested-With": "fetch"}):
            answer = at_rita.post(address, form, headers=headers)
            assert not TOLD.findall(answer.content.decode() + str(answer.headers)), address


def test_the_table_of_agreement_does_not_tell(at_rita: Client, blind: Project) -> None:
    answer = at_rita.get(reverse("admin:conversations_project_agreement_csv", args=[blind.pk]))
    assert "Clarity" in answer.content.decode()
    assert not TOLD.findall(answer.content.decode())


def test_the_same_person_is_the_same_on_every_page(at_rita: Client, blind: Project) -> None:
    queue = at_rita.get(reverse("admin:conversations_project_queue", args=[blind.pk])).content.decode()
    names = set(re.findall(r"Person [0-9a-f]{6}", queue))
    assert len(names) == 1
    for case in blind.cases.all():
        shown = at_rita.get(reverse("admin:conversations_project_case", args=[blind.pk, case.pk])).content.decode()
        assert set(re.findall(r"Person [0-9a-f]{6}", shown)) == names
        assert re.search(r"Model [0-9a-f]{6}", shown)


def test_lifting_needs_the_right_and_a_reason_and_is_told(
    at_rita: Client, blind: Project, rita: User, owner: User
) -> None:
    case, other = blind.cases.order_by("pk")[:2]
    page = reverse("admin:conversations_project_case", args=[blind.pk, case.pk])
    lift = reverse("admin:conversations_project_unblind", args=[blind.pk, case.pk])
    assert lift not in at_rita.get(page).content.decode()
    assert at_rita.post(lift, {"reason": "A threat to life"}).status_code == 403
    rita.user_permissions.add(Permission.objects.get(codename="unblind_project"))
    assert lift in at_rita.get(page).content.decode()
    assert not TOLD.findall(at_rita.get(lift).content.decode())

    refused = at_rita.post(lift, {"reason": "x"})
    assert refused.status_code == 422
    assert "in 3 characters or more" in refused.content.decode()
    assert not AccessRecord.objects.filter(kind=AccessKind.UNBLIND).exists()

    assert at_rita.post(lift, {"reason": "A threat to life"})["Location"] == page
    shown = at_rita.get(page).content.decode()
    assert "hortensia" in shown
    assert MODEL in shown
    assert "lifted for you" in shown
    record = AccessRecord.objects.told_to(owner).filter(kind=AccessKind.UNBLIND).get()
    assert (record.reader_name, record.reason) == ("rita", "A threat to life")
    still = at_rita.get(reverse("admin:conversations_project_case", args=[blind.pk, other.pk]))
    assert not TOLD.findall(still.content.decode())


def test_who_sets_up_is_blind_on_the_projects_pages_too(client: Client, blind: Project) -> None:
    root = User.objects.create_superuser("root")
    client.force_login(root)
    case = blind.cases.order_by("pk")[0]
    address = reverse("admin:conversations_project_case", args=[blind.pk, case.pk])
    client.post(address, {"reason": "An audit"})
    for shown in (address, reverse("admin:conversations_project_queue", args=[blind.pk])):
        assert not TOLD.findall(client.get(shown).content.decode())


def test_what_is_in_two_projects_is_blind_everywhere(at_rita: Client, blind: Project, rita: User) -> None:
    seeing = Project.objects.create(name="Seeing")
    seeing.members.add(rita)
    enqueue(seeing, Conversation.objects.all(), by=rita)
    case = seeing.cases.order_by("pk")[0]
    for name, args in (("case", [seeing.pk, case.pk]), ("queue", [seeing.pk])):
        shown = at_rita.get(reverse(f"admin:conversations_project_{name}", args=args)).content.decode()
        assert not TOLD.findall(shown), name


def test_programs_are_blind_too(client: Client, blind: Project, rita: User) -> None:
    seeing = Project.objects.create(name="Seeing")
    seeing.members.add(rita)
    enqueue(seeing, Conversation.objects.all(), by=rita)
    _token, secret = ApiToken.issue(rita, "script", [Scope.REVIEW])
    for project in (blind, seeing):
        address = f"/api/v1/projects/{project.pk}/cases"
        answer = client.get(address, headers={"Authorization": f"Bearer {secret}"})
        assert len(answer.json()["items"]) == 3
        assert not TOLD.findall(answer.content.decode())
        assert {case["conversation"] for case in answer.json()["items"]} == {None}
