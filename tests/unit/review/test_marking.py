"""Labels and notes by the page: POST only, of what is open, by who reviews; text that is refused is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from conversations.models import Case, Conversation, Label, LabelUse, Note, Project, User
from conversations.review import notes
from tests.unit.review.doors import address, leaf

DOORS = ("label", "unlabel", "note", "rewrite")


@pytest.fixture
def opened(reading: Client, talk: Conversation) -> Client:
    reading.post(address(talk, "change"), {"reason": "A complaint"})
    return reading


def send(client: Client, talk: Conversation, door: str, **fields: Any) -> Any:
    """As the page's script does."""
    return client.post(address(talk, door), fields, headers={"X-Requested-With": "fetch"})


@pytest.mark.parametrize("door", DOORS)
def test_a_door_takes_only_posts_to_what_is_open_by_who_reviews(
    reading: Client, talk: Conversation, reviewer: User, door: str
) -> None:
    assert reading.post(address(talk, door), {"label": "x", "text": "y"}).status_code == 404
    reading.post(address(talk, "change"), {"reason": "A complaint"})
    assert reading.get(address(talk, door)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = reading.cookies
    assert strict.post(address(talk, door), {"label": "x", "text": "y"}).status_code == 403

    reviewer.groups.clear()
    reviewer.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    assert reading.post(address(talk, door), {"label": "x", "text": "y"}).status_code == 403
    shown = reading.get(address(talk, "change")).content.decode()
    assert 'name="label"' not in shown
    assert 'name="text"' not in shown
    assert not LabelUse.objects.exists()
    assert not Note.objects.exists()


def test_without_script_a_label_leads_back_to_where_one_was(opened: Client, talk: Conversation) -> None:
    Label.objects.create(name="odd", colour="red")
    back = f"{address(talk, 'change')}?on={leaf(talk)}"

    answer = opened.post(address(talk, "label"), {"label": "ODD", "message": leaf(talk), "next": back})

    assert answer["Location"] == back + "#review"
    assert "Label added: odd" in opened.get(answer["Location"]).content.decode()
    assert LabelUse.objects.get().message_id == talk.leaf_id
    opened.post(address(talk, "unlabel"), {"label": "odd", "message": leaf(talk), "next": "https://evil.example/"})
    assert not LabelUse.objects.exists()


def test_nobody_is_led_off_the_site(opened: Client, talk: Conversation) -> None:
    answer = opened.post(address(talk, "note"), {"text": "x", "next": "//evil.example/"})

    assert answer["Location"].startswith(address(talk, "change"))


def test_a_new_label_takes_its_right(opened: Client, talk: Conversation, reviewer: User) -> None:
    refused = send(opened, talk, "label", label="brand <new>")
    assert refused.status_code == 422
    assert "There is no such label" in refused.content.decode()
    assert 'value="brand &lt;new&gt;"' in refused.content.decode()

    reviewer.user_permissions.add(Permission.objects.get(codename="add_label"))
    added, again = (send(opened, talk, "label", label="brand <new>").content.decode() for _ in range(2))
    assert 'data-said="Label added: brand &lt;new&gt;"' in added
    assert "It has this label already" in again


def test_with_script_the_changed_parts_come(opened: Client, talk: Conversation) -> None:
    answer = send(opened, talk, "note", text="Look <here>", message=leaf(talk)).content.decode()

    assert "<html" not in answer
    assert f'id="strip-{leaf(talk)}"' in answer
    assert answer.count("Look &lt;here&gt;") == 3  # in the panel, in its form to change it, below the message


def test_without_script_a_refused_note_is_kept_to_be_sent_again(opened: Client, talk: Conversation) -> None:
    answer = opened.post(address(talk, "note"), {"text": "x" * 10_001, "message": leaf(talk)})

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "at most 10000 characters" in shown
    assert "x" * 10_001 in shown
    assert f'name="message" value="{leaf(talk)}"' in shown


def test_ones_own_note_is_changed_deleted_and_restored(opened: Client, talk: Conversation) -> None:
    opened.post(address(talk, "note"), {"text": "first"})
    note = Note.objects.get()

    opened.post(address(talk, "rewrite"), {"note": note.pk, "do": "change", "text": "second"})
    deleted = opened.post(address(talk, "rewrite"), {"note": note.pk, "do": "trash"})
    shown = opened.get(deleted["Location"]).content.decode()
    assert "second" not in shown
    assert 'value="restore"' in shown
    opened.post(address(talk, "rewrite"), {"note": note.pk, "do": "restore"})

    assert "second" in opened.get(address(talk, "change")).content.decode()


@pytest.mark.parametrize("do", ["change", "trash", "restore", "burn"])
def test_the_note_of_another_stays_as_it_is(opened: Client, talk: Conversation, do: str) -> None:
    other = User.objects.create_superuser("root")
    note = notes.write(other, talk, "theirs")

    answer = opened.post(address(talk, "rewrite"), {"note": note.pk, "do": do, "text": "mine"})

    note.refresh_from_db()
    assert (answer.status_code, note.text, note.trashed_at) == (404, "theirs", None)


def test_a_note_of_a_case_is_its_reviewers_and_of_its_conversation(
    opened: Client, talk: Conversation, reviewer: User, owner: User
) -> None:
    project = Project.objects.create(name="Quality")
    case = Case.objects.create(project=project, conversation=talk)
    foreign = Case.objects.create(project=project, conversation=Conversation.objects.create(owner=owner))

    assert send(opened, talk, "note", text="x", case=case.pk).status_code == 404
    project.members.add(reviewer)
    assert send(opened, talk, "note", text="x", case=foreign.pk).status_code == 404
    assert send(opened, talk, "note", text="x", case=case.pk).status_code == 200
    assert Note.objects.get().case == case


def test_who_only_looks_into_a_project_is_offered_no_forms_there(
    opened: Client, talk: Conversation, reviewer: User
) -> None:
    project = Project.objects.create(name="Quality")
    case = Case.objects.create(project=project, conversation=talk)
    reviewer.user_permissions.add(Permission.objects.get(codename="change_project"))
    address = reverse("admin:conversations_project_case", args=[project.pk, case.pk])

    assert 'id="note"' not in opened.get(address).content.decode()
    project.members.add(reviewer)
    assert 'id="note"' in opened.get(address).content.decode()
