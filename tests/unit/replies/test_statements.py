"""Statements written once: they store what Django's own would."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, TypeVar

import pytest
from django.db import models
from django.utils import timezone

from conversations.ids import uuid7
from conversations.models import Conversation, Message, User
from conversations.models.statements import insert, select, update

pytestmark = [pytest.mark.django_db]
R = TypeVar("R", bound=models.Model)
MOMENT = datetime.fromisoformat("2026-11-21T01:02:03.000405+00:00")
CHANGES: dict[type[models.Field[Any, Any]], object] = {
    models.BooleanField: True,
    models.JSONField: {"a": ["ü", None, 1.5]},
    models.UUIDField: uuid.UUID(int=7),
    models.IntegerField: 3,
    models.DateTimeField: MOMENT,
    models.CharField: "“é”",
    models.TextField: "a\nb 🙂",
}


def filled(row: R) -> R:
    """The row with something else than the default in each field that is no relation."""
    for field in row._meta.concrete_fields:
        if not field.is_relation and not field.primary_key:
            value = next(value for kind, value in CHANGES.items() if isinstance(field, kind))
            setattr(row, field.attname, value)
    return row


def stored(row: models.Model) -> dict[str, object]:
    values = type(row)._default_manager.filter(pk=row.pk).values().get()
    return {name: value for name, value in values.items() if name != "id"}


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada")


@pytest.fixture
def conversation(ada: User) -> Conversation:
    return Conversation.objects.create(owner=ada)


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_message_is_stored_as_django_stores_it(conversation: Conversation, *, is_filled: bool) -> None:
    now = timezone.now()
    lean, plain = (Message(conversation=conversation, role="user", created_at=now) for _ in range(2))
    for row in (lean, plain) if is_filled else ():
        filled(row)

    assert insert(lean)
    plain.save(force_insert=True)

    assert stored(lean) == stored(plain)
    assert lean.pk == plain.pk - 1
    assert not lean._state.adding


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_conversation_is_stored_as_django_stores_it(ada: User, *, is_filled: bool) -> None:
    now = timezone.now()
    lean, plain = (Conversation(owner=ada, created_at=now, updated_at=now) for _ in range(2))
    for row in (lean, plain) if is_filled else ():
        filled(row)

    assert insert(lean)
    plain.save(force_insert=True)

    assert stored(lean) == stored(plain)
    assert isinstance(lean.pk, uuid.UUID)


def test_what_is_there_already_is_left_as_it_is(ada: User, conversation: Conversation) -> None:
    again = Conversation(pk=conversation.pk, owner=ada, title="another")

    assert not insert(again)

    assert Conversation.objects.get().title == ""
    assert insert(Conversation(pk=uuid7(), owner=ada))  # no error, so the transaction goes on


def test_only_the_named_attributes_of_the_row_are_replaced(ada: User, conversation: Conversation) -> None:
    other = Conversation.objects.create(owner=ada)
    said = Message.objects.create(conversation=conversation, role="user")
    before, untouched = stored(conversation), stored(other)
    conversation.leaf, conversation.updated_at, conversation.title = said, MOMENT, "no"

    update(conversation, "leaf", "updated_at")

    changes = {"leaf_id": said.pk, "updated_at": MOMENT}
    assert stored(conversation) == {**before, **changes}
    assert stored(other) == untouched


def test_rows_are_found_as_django_finds_them(ada: User, conversation: Conversation) -> None:
    rows = [filled(Conversation(owner=ada)) for _ in range(2)]
    Conversation.objects.bulk_create(rows)
    others = Conversation.objects.create(owner=User.objects.create(username="bob"))
    names = [field.attname for field in Conversation._meta.concrete_fields]

    found = select(Conversation, names, "ORDER BY id", owner=ada.pk)
    ended = select(Conversation, ["pk"], "AND trashed_at IS NOT NULL AND title <> %s", ["no"], owner=ada.pk)

    assert found == list(Conversation.objects.filter(owner=ada).order_by("pk").values_list(*names))
    assert {pk for (pk,) in ended} == {row.pk for row in rows}
    assert select(Conversation, ["owner"], pk=others.pk) == [(others.owner_id,)]
    assert select(Conversation, ["title"], owner=ada.pk, pk=others.pk) == []
