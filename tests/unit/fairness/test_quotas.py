"""Quotas of a day: whose hold, what is counted and when, and that nothing is begun beyond them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.generation import asking
from conversations.generation.fairness import quotas
from conversations.generation.scribe import Ending, _store_endings
from conversations.ids import uuid7
from conversations.live.protocol.commands import Ask, Edit, Regenerate
from conversations.models import Conversation, Message, Quota, State, Usage, User
from conversations.models.conversation import Refused
from conversations.models.quota import NO_LIMITS, Bounds, Limits, Used, next_day, today

pytestmark = pytest.mark.django_db
MODEL = ("ollama", "tiny")


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada")


def question(**values: object) -> Ask:
    return Ask.model_validate({"client_id": uuid.uuid4(), "conversation": uuid7(), "text": "hello", **values})


def put(who: User, command: Ask | None = None) -> asking.Stored:
    return asking._store_question(lambda: who, command or question(), MODEL)


def end(stored: asking.Stored, used: Used) -> None:
    _store_endings([Ending(stored.reply.pk, State.COMPLETE, "yes", "", user=stored.user, used=used)])


def refusal(who: User, command: Ask | None = None) -> str:
    with pytest.raises(Refused) as caught:
        put(who, command)
    return caught.value.code


# Whose


def test_a_persons_own_row_wins_over_groups_and_those_over_everybodys(ada: User) -> None:
    assert Quota.objects.limits_of(ada.pk) == NO_LIMITS
    Quota.objects.create(messages_hard=5)
    assert Quota.objects.limits_of(ada.pk) == Limits(Bounds(None, 5), Bounds())
    for name, hard in (("few", 10), ("more", 20)):
        group = Group.objects.create(name=name)
        Quota.objects.create(group=group, messages_soft=hard // 2, messages_hard=hard, tokens_hard=hard * 100)
        ada.groups.add(group)
    assert Quota.objects.limits_of(ada.pk) == Limits(Bounds(10, 20), Bounds(None, 2000)), "the widest of each"
    Quota.objects.create(user=ada, messages_hard=1)
    assert Quota.objects.limits_of(ada.pk) == Limits(Bounds(None, 1), Bounds()), "a row counts as a whole"
    assert Quota.objects.limits_of(User.objects.create(username="bob").pk).messages == Bounds(None, 5)


def test_an_empty_bound_of_one_group_is_the_widest(ada: User) -> None:
    for name, hard in (("bounded", 10), ("free", None)):
        group = Group.objects.create(name=name)
        Quota.objects.create(group=group, messages_hard=hard, tokens_hard=7)
        ada.groups.add(group)
    assert Quota.objects.limits_of(ada.pk) == Limits(Bounds(), Bounds(None, 7))


def test_there_is_one_quota_each(ada: User) -> None:
    Quota.objects.create(messages_hard=5)
    for values in ({}, {"user": ada, "group": Group.objects.create(name="both")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Quota.objects.create(**values)
    with pytest.raises(ValidationError, match="everybody already"):
        Quota(messages_hard=6).full_clean()
    with pytest.raises(ValidationError, match="more than is allowed"):
        Quota(user=ada, tokens_soft=6, tokens_hard=5).full_clean()


def test_what_an_administrator_changes_holds_at_once(ada: User) -> None:
    group = Group.objects.create(name="few")
    assert quotas.known.of(ada.pk) == NO_LIMITS
    quota = Quota.objects.create(group=group, messages_hard=1)
    assert quotas.known.of(ada.pk) == NO_LIMITS
    ada.groups.add(group)
    assert quotas.known.of(ada.pk).messages.hard == 1
    quota.messages_hard = 2
    quota.save()
    assert quotas.known.of(ada.pk).messages.hard == 2
    group.delete()
    assert quotas.known.of(ada.pk) == NO_LIMITS


# Counting


def test_who_has_no_limit_is_counted_with_the_end_and_asks_no_statement_more(ada: User) -> None:
    put(ada)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        stored = put(ada)
    assert not [each["sql"] for each in asked if "quota" in each["sql"] or "usage" in each["sql"]]
    assert Usage.objects.of(ada.pk) == Used()
    end(stored, Used(stored.uncounted, 120))
    end(put(ada), Used(1, 3))
    assert Usage.objects.of(ada.pk) == Used(2, 123)


def test_who_has_a_limit_is_counted_and_checked_in_one_statement(ada: User) -> None:
    Quota.objects.create(user=ada, messages_hard=3)
    put(ada)
    with CaptureQueriesContext(connection) as asked:
        stored = put(ada)
    assert len([each["sql"] for each in asked if "usage" in each["sql"]]) == 1
    assert stored.uncounted == 0
    assert Usage.objects.of(ada.pk) == Used(2, 0)


def test_nothing_is_stored_beyond_the_last_message(ada: User) -> None:
    Quota.objects.create(user=ada, messages_hard=2)
    first = question()
    put(ada, first)
    put(ada)
    assert refusal(ada) == "quota_messages"
    assert (Conversation.objects.count(), Message.objects.count(), Usage.objects.of(ada.pk).messages) == (2, 4, 2)
    assert not put(ada, first).is_new, "what is stored already is acknowledged again"


def test_nothing_is_begun_once_the_tokens_are_used_up(ada: User) -> None:
    Quota.objects.create(user=ada, tokens_hard=100)
    stored = put(ada)
    end(stored, Used(0, 99))
    second = put(ada)
    end(second, Used(0, 500))
    assert refusal(ada) == "quota_tokens"
    said = stored.reply.parent_id
    assert said is not None
    others = (
        lambda: asking._store_edit(lambda: ada, Edit(client_id=uuid.uuid4(), message=said, text="else")),
        lambda: asking._store_another(lambda: ada, Regenerate(client_id=uuid.uuid4(), message=said)),
        lambda: asking._store_resumption(lambda: ada, stored.reply.pk),
    )
    for begin in others:
        with pytest.raises(Refused, match="quota_tokens"):
            begin()
    assert Message.objects.count() == 4


def test_deleting_gives_nothing_back_and_the_next_day_does(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    Quota.objects.create(user=ada, messages_hard=1)
    stored = put(ada)
    Conversation.objects.all().delete()
    end(stored, Used(0, 40))
    assert refusal(ada) == "quota_messages"
    assert Usage.objects.of(ada.pk) == Used(1, 40), "what was written before its deletion was used, too"
    now = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    assert put(ada).is_new


def test_the_end_of_a_reply_of_somebody_deleted_takes_no_other_end_along(ada: User) -> None:
    bob = User.objects.create(username="bob")
    kept, lost = put(ada), put(bob)
    gone = bob.pk
    bob.delete()
    ends = [Ending(kept.reply.pk, State.COMPLETE, "yes", "", user=ada.pk, used=Used(1, 5))]
    _store_endings([*ends, Ending(lost.reply.pk, State.COMPLETE, "", "", user=gone, used=Used(1, 5))])
    kept.reply.refresh_from_db()
    assert (kept.reply.state, Usage.objects.count(), Usage.objects.of(ada.pk)) == (State.COMPLETE, 1, Used(1, 5))


def test_the_day_is_the_sites(settings: object) -> None:
    assert next_day().date() == today() + timedelta(days=1)
    assert next_day().utcoffset() is not None


# Told


def test_the_levels(ada: User) -> None:
    assert quotas.bounded_standing(ada.pk) is None
    Quota.objects.create(user=ada, messages_hard=10, tokens_soft=50)
    levels = []
    for used in (Used(7, 0), Used(1, 0), Used(1, 0), Used(1, 0)):
        Usage.objects.add(ada.pk, used.messages)
        levels.append(quotas.standing(ada.pk).level)
    assert levels == ["free", "near", "near", "spent"]
    Usage.objects.all().delete()
    Usage.objects.add(ada.pk, 0, 50)
    told = quotas.standing(ada.pk)
    assert (told.level, told.tokens.used, told.tokens.limit, told.messages.warn_from) == ("near", 50, None, 8)
