"""Many at once: queued, given to a reviewer, labelled, exported; and filters that are kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from conversations.models import (
    AccessRecord,
    Case,
    Conversation,
    Label,
    LabelUse,
    Project,
    SavedFilter,
    User,
)
from tests.unit.review_list.conftest import Talk

pytestmark = pytest.mark.django_db

LIST = "admin:conversations_conversation_changelist"


def act(client: Client, action: str, *chosen: Conversation, query: str = "", **data: Any) -> Any:
    data = {"action": action, "chosen": [str(each.pk) for each in chosen], **data}
    return client.post(f"{reverse(LIST)}?{query}", data)


def said(client: Client) -> str:
    return " ".join(str(each) for each in client.get(reverse(LIST)).context["messages"])


@pytest.fixture
def project(rita: User) -> Project:
    project = Project.objects.create(name="Quality")
    project.members.add(rita)
    return project


def test_the_chosen_go_into_a_queue_once_and_to_a_reviewer(
    client: Client, rita: User, project: Project, talk: Talk
) -> None:
    first, second, third = talk("1"), talk("2"), talk("3")
    act(client, "queue", first, project=project.pk)
    assert "1 conversation is new in “Quality”." in said(client)

    act(client, "queue", first, second, project=project.pk, reviewer=rita.pk)

    assert "1 conversation is new in “Quality”; 1 was there; given to rita." in said(client)
    cases = Case.objects.filter(project=project).values_list("conversation", "assignee")
    assert set(cases) == {(first.pk, rita.pk), (second.pk, rita.pk)}
    assert not Case.objects.filter(conversation=third).exists()


def test_a_project_of_others_and_a_stranger_are_refused(
    client: Client, rita: User, project: Project, talk: Talk, bob: User
) -> None:
    theirs, found = Project.objects.create(name="Theirs"), talk("1")

    for values in ({"project": theirs.pk}, {"project": "x"}, {"project": project.pk, "reviewer": bob.pk}):
        act(client, "queue", found, **values)
    assert not Case.objects.exists()
    assert "Choose a project that you may fill." in said(client)


def test_all_that_the_filter_finds_are_labelled_once(client: Client, rita: User, talk: Talk) -> None:
    label, tiny = Label.objects.create(name="odd"), [talk("1"), talk("2")]
    talk("3", model_name="large")
    LabelUse.objects.create(label=label, conversation=tiny[0])

    act(client, "label", query="model=tiny", put=label.pk, all="on")

    assert set(LabelUse.objects.values_list("conversation", flat=True)) == {each.pk for each in tiny}
    assert LabelUse.objects.filter(author=rita).count() == 1
    assert "1 conversation got the label “odd”." in said(client)


@pytest.mark.parametrize(("action", "words"), [("label", "tick some"), ("", "Choose what to do"), ("x", "what to do")])
def test_nothing_chosen_changes_nothing(client: Client, rita: User, talk: Talk, action: str, words: str) -> None:
    talk("1")
    act(client, action, put=Label.objects.create(name="odd").pk)

    assert words in said(client)
    assert not LabelUse.objects.exists()


def test_who_may_only_look_marks_and_exports_nothing(client: Client, bob: User, talk: Talk) -> None:
    found, label = talk("1"), Label.objects.create(name="odd")
    looker = User.objects.create_user("lou", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    client.force_login(looker)

    assert "acts" not in client.get(reverse(LIST)).content.decode()
    act(client, "label", found, put=label.pk)
    act(client, "queue", found, project=Project.objects.create(name="Quality").pk)
    assert act(client, "export", found, format="json", reason="I am curious").status_code == 302
    assert [model._default_manager.count() for model in (LabelUse, Case, AccessRecord)] == [0, 0, 0]


def test_what_the_exporter_is_blind_to_stays(client: Client, rita: User, talk: Talk) -> None:
    rita.groups.add(Group.objects.get(name="Exporters"))
    found, project = talk("1"), Project.objects.create(name="Blind", is_blind=True)
    project.members.add(rita)
    Case.objects.create(project=project, conversation=found)

    assert act(client, "export", found, format="json", reason="An audit").status_code == 302
    assert "blind project" in said(client)
    assert not AccessRecord.objects.exists()


def test_a_filter_is_kept_opened_shared_and_deleted(client: Client, rita: User, talk: Talk) -> None:
    talk("1")
    act(client, "keep", name="  Tiny   ones ", query="model=tiny&after=x&nonsense=1&state=")
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.query, kept.is_shared, kept.user) == ("Tiny ones", "model=tiny", False, rita)
    assert 'href="?model=tiny" aria-current="true"' in client.get(f"{reverse(LIST)}?model=tiny").content.decode()

    act(client, "keep", name="Tiny ones", query="state=failed", shared="on")  # the same name: another filter
    other = User.objects.create_user("otto", is_staff=True)
    other.groups.add(Group.objects.get(name="Reviewers"))
    client.force_login(other)
    shown = client.get(reverse(LIST)).content.decode()
    assert "?state=failed" in shown
    assert "from rita" in shown
    act(client, "forget", filter=kept.pk)
    assert "no such filter of yours" in said(client)

    client.force_login(rita)
    act(client, "unshare", filter=kept.pk)
    assert not SavedFilter.objects.get().is_shared
    act(client, "share", filter=kept.pk)
    assert SavedFilter.objects.get().is_shared
    act(client, "forget", filter=kept.pk)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [("", "state=failed", "Give the filter a name"), ("x" * 81, "state=failed", "at most 80"),
     ("x", "", "Nothing is filtered"), ("x", f"q={'ä' * 290}&title={'ö' * 118}", "too long")],
)  # fmt: skip
def test_what_cannot_be_kept_is_said(client: Client, rita: User, name: str, query: str, words: str) -> None:
    act(client, "keep", name=name, query=query)

    assert words in said(client)
    assert not SavedFilter.objects.exists()
