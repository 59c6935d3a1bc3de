"""What a person's files may take, and that bytes leave the disk with the last row that names them."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Attachment, Conversation, Message, SiteSettings, User
from conversations.models.attachment import Held
from conversations.uploads import storage
from conversations.uploads.receiving import Rejected, receive
from tests.unit.uploads.samples import picture
from tests.unit.uploads.test_receiving import send
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def test_what_is_more_than_a_persons_space_is_refused_with_the_figures(client: Client, ada: User) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(megabytes_per_user=1)
    text = b"x" * 400_000
    assert "Your files take 0 MB of 1 MB." in client.get("/account/").content.decode()
    first = send(client, text)
    send(client, text)
    refused = send(client, text, status=422)
    assert refused["code"] == "no_room"
    assert refused["title"] == "Your files take 0.763 MB of the 1 MB that you have; this one needs 0.381 MB."
    assert "ask an administrator" in refused["detail"]
    assert "0.8 MB of 1 MB" in client.get("/account/").content.decode()

    shared = Attachment.objects.get(pk=first["id"])
    shared.pk = uuid.uuid4()
    shared.save(force_insert=True)
    assert Attachment.objects.held_by(ada) == Held(800_000, 3), "shared bytes count once"
    other = person("bea")
    assert Attachment.objects.held_by(other) == Held(0, 0)

    SiteSettings.objects.update(megabytes_per_user=0)
    send(client, text)
    assert "Your files take 1.1 MB." in client.get("/account/").content.decode()


def test_a_full_space_refuses_before_anything_is_read(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(megabytes_per_user=1)
    Attachment.objects.create(owner=ada, name="big", stored_name="0" * 32, kind="text", size=1024 * 1024)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing is decoded"))
    assert send(client, picture(), status=422)["code"] == "no_room"
    with django_assert_num_queries(2), pytest.raises(Rejected):
        receive(ada, SimpleUploadedFile("a.txt", b"one"))


@pytest.fixture
def shared(ada: User) -> tuple[Message, Message, list[Path]]:
    """A question with a picture in each of two conversations, the bytes shared; where they lie."""
    first, second = (say(conversation_of(ada, title), title) for title in ("First", "Second"))
    answer(first.conversation, "A reply", first)
    file = receive(ada, SimpleUploadedFile("pump.png", picture()))
    Attachment.objects.filter(pk=file.pk).update(message=first)
    file.pk, file.message = uuid.uuid4(), second
    file.save(force_insert=True)
    return first, second, [storage.path_of(file.stored_name), storage.path_of(file.stored_name, storage.SMALL)]


Delete = Callable[[Message], object]


@pytest.mark.parametrize("delete", [
    lambda message: message.delete(),
    lambda message: message.conversation.delete(),
    lambda message: Message.objects.filter(pk=message.pk).delete(),
    lambda message: Conversation.objects.filter(pk=message.conversation_id).delete(),
])  # fmt: skip
def test_bytes_go_with_the_last_that_shares_them(
    shared: tuple[Message, Message, list[Path]], delete: Delete, django_capture_on_commit_callbacks: Any
) -> None:
    first, second, paths = shared
    with django_capture_on_commit_callbacks(execute=True):
        delete(first)
    assert [path.exists() for path in paths] == [True, True]
    with django_capture_on_commit_callbacks(execute=True):
        delete(second)
    assert [path.exists() for path in paths] == [False, False]


def test_bytes_go_with_their_person(
    shared: tuple[Message, Message, list[Path]], ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    unsent = receive(ada, SimpleUploadedFile("a.txt", b"never sent"))
    paths = [*shared[2], storage.path_of(unsent.stored_name)]
    kept = receive(person("bea"), SimpleUploadedFile("b.txt", b"of somebody else"))
    with django_capture_on_commit_callbacks(execute=True):
        ada.delete()
    assert [path.exists() for path in paths] == [False, False, False]
    assert storage.path_of(kept.stored_name).exists()


def test_what_can_be_restored_keeps_its_bytes(shared: tuple[Message, Message, list[Path]], client: Client) -> None:
    first, second, paths = shared
    client.post(f"/m/{first.pk}/delete/")
    client.post(f"/c/{second.conversation_id}/delete/")
    assert [path.exists() for path in paths] == [True, True]
