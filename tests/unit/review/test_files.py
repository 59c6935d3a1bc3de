"""Reviewers open the files of a conversation that they have opened: guarded as for their owner, and on the record."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conversations.models import AccessRecord, Attachment, Conversation, Project, Role, User
from conversations.review.queue import enqueue
from conversations.uploads.receiving import receive
from tests.unit.review.doors import address
from tests.unit.uploads.samples import picture

pytestmark = pytest.mark.django_db
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.fixture
def files(talk: Conversation, owner: User) -> list[Attachment]:
    """A picture and a page of HTML, with the question."""
    question = talk.messages.get(role=Role.USER)
    found = []
    for data, name in ((picture(), "pump.png"), (b"<script>alert(1)</script>", "page.html")):
        file = receive(owner, SimpleUploadedFile(name, data))
        Attachment.objects.filter(pk=file.pk).update(message=question)
        found.append(file)
    talk.messages.filter(pk=question.pk).update(attached=len(found))
    return found


def place(talk: Conversation, file: uuid.UUID, form: str = "file") -> str:
    return reverse("admin:conversations_conversation_file", args=[talk.pk, file, form])


def test_without_a_reason_no_file_is_there(reading: Client, talk: Conversation, files: list[Attachment]) -> None:
    for form in ("file", "thumbnail", "text"):
        assert reading.get(place(talk, files[0].pk, form)).status_code == 404
    assert not LogEntry.objects.exists()


def test_files_are_seen_and_opened_and_that_is_noted(
    reading: Client, talk: Conversation, files: list[Attachment]
) -> None:
    image, text = files
    page = reading.post(address(talk), {"reason": "A complaint"}, follow=True).content.decode()
    assert AccessRecord.objects.filter(conversation_key=talk.pk).count() == 1
    for link in (place(talk, image.pk, "thumbnail"), place(talk, image.pk), place(talk, text.pk, "text")):
        assert f'"{link}"' in page
    small = reading.get(place(talk, image.pk, "thumbnail"))
    assert (small.status_code, small["Content-Type"]) == (200, "image/webp")
    assert not LogEntry.objects.filter(object_id=str(talk.pk)).exists()

    whole = reading.get(place(talk, image.pk))
    assert (whole["Content-Type"], whole["Content-Disposition"]) == ("image/png", 'inline; filename="pump.png"')
    read = reading.get(place(talk, text.pk, "text"))
    assert (read["Content-Type"], read.content) == ("text/plain; charset=utf-8", b"<script>alert(1)</script>")
    saved = reading.get(place(talk, text.pk))
    assert (saved["Content-Type"], saved["Content-Disposition"]) == ("text/plain", 'attachment; filename="page.html"')
    for answer in (small, whole, read, saved):
        assert (answer["Content-Security-Policy"], answer["X-Content-Type-Options"]) == (SANDBOX, "nosniff")
    noted = (
        LogEntry.objects.filter(object_id=str(talk.pk)).order_by("pk").values_list("user__username", "change_message")
    )
    names = ("pump.png", "page.html", "page.html")
    assert list(noted) == [("rita", f"Opened the file “{name}”.") for name in names]


def test_what_is_foreign_or_unknown_is_not_found(
    reading: Client, talk: Conversation, files: list[Attachment], owner: User
) -> None:
    reading.post(address(talk), {"reason": "A complaint"})
    unsent = receive(owner, SimpleUploadedFile("mine.txt", b"not sent"))
    other = Conversation.objects.create(owner=owner, title="Other")
    image = files[0].pk
    gone = [place(talk, uuid.uuid4()), place(talk, unsent.pk), place(other, image), place(talk, image, "text"),
            place(talk, image, "secret"), place(talk, files[1].pk, "thumbnail")]  # fmt: skip
    assert [reading.get(path).status_code for path in gone] == [404] * len(gone)
    assert reading.post(place(talk, image)).status_code == 405
    member = Client()
    member.force_login(User.objects.create_user("mia", "mia@example.org"))
    assert member.get(place(talk, image)).status_code == 302  # to the admin's sign-in


def test_a_blind_reviewer_sees_that_there_are_files_and_none_of_them(
    reading: Client, reviewer: User, talk: Conversation, files: list[Attachment]
) -> None:
    project = Project.objects.create(name="Tone", is_blind=True)
    project.members.set([reviewer])
    enqueue(project, [talk], by=reviewer)
    page = reading.post(address(talk), {"reason": "A complaint"}, follow=True).content.decode()
    assert 'class="files"' in page
    assert "/files/" not in page
    assert [reading.get(place(talk, file.pk)).status_code for file in files] == [404, 404]
