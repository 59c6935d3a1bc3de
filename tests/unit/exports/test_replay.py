"""Whatever is done by the verbs, in whatever order: who follows has in the end what the database has."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conversations.exports.rights import Reader
from conversations.models import Conversation, Message, State, User
from conversations.models.conversation import Refused
from conversations.models.lease import Lease
from conversations.models.message import RUNNING
from tests.unit.exports.replaying import Follower, stored_heads, stored_messages

pytestmark = pytest.mark.django_db(transaction=True)
LEASE = Lease("host/1/1", 10)


class Writer:
    """Somebody who does things; `chance` chooses to what."""

    def __init__(self, user: User, chance: Random) -> None:
        self.user = user
        self.chance = chance

    def do(self, verb: str) -> None:
        """One thing, unless there is nothing to do it to."""
        actions: dict[str, Callable[[], object]] = {
            "begin": self.begin, "ask": self.ask, "write": self.write, "end": self.end, "resume": self.resume,
            "again": self.again, "trash": self.trash, "restore": self.restore, "trash_all": self.trash_all,
            "restore_all": self.restore_all,
            "rename": self.rename, "choose": self.choose, "purge": self.purge,
        }  # fmt: skip
        with suppress(LookupError, Refused):
            actions[verb]()

    def begin(self) -> None:
        Conversation.objects.create(owner=self.user, title=str(self.chance.random()))

    def ask(self) -> None:
        with transaction.atomic():
            found = self._locked(self._conversation().pk)
            found.ask(self.user, uuid.uuid4(), str(self.chance.random()), found.leaf_id, LEASE)

    def write(self) -> None:
        running = Message.objects.filter(pk=self._message(state__in=RUNNING).pk)
        running.update(state=State.STREAMING, content=str(self.chance.random()))

    def end(self) -> None:
        state = self.chance.choice([State.COMPLETE, State.STOPPED, State.FAILED])
        Message.objects.filter(pk=self._message(state__in=RUNNING).pk).update(state=state)

    def resume(self) -> None:
        message = self._message(role="assistant")
        with transaction.atomic():
            self._locked(message.conversation_id).resume(message, LEASE)

    def again(self) -> None:
        message = self._message(role="assistant")
        with transaction.atomic():
            self._locked(message.conversation_id).answer_again(self.user, uuid.uuid4(), message, LEASE)

    def trash(self) -> None:
        self._message(trashed_at=None).trash()

    def restore(self) -> None:
        self._message(trashed_at__isnull=False).restore()

    def trash_all(self) -> None:
        self._conversation().trash()

    def restore_all(self) -> None:
        self._conversation(trashed_at__isnull=False).restore()

    def rename(self) -> None:
        self._conversation().rename(str(self.chance.random()))

    def choose(self) -> None:
        self._message().show()

    def purge(self) -> None:
        self._conversation(trashed_at__isnull=False).delete()

    def _conversation(self, **wanted: object) -> Conversation:
        return self.chance.choice(list(Conversation.objects.filter(**(wanted or {"trashed_at": None})).order_by("pk")))

    def _locked(self, pk: uuid.UUID) -> Conversation:
        """As whoever asks has it. Raises LookupError."""
        found = Conversation.objects.to_grow(self.user, pk)
        if found is None:
            raise LookupError
        return found

    def _message(self, **wanted: object) -> Message:
        return self.chance.choice(list(Message.objects.filter(**wanted).select_related("conversation")))


VERBS = (
    "begin", "ask", "ask", "ask", "write", "end", "end", "resume", "again", "trash", "restore", "trash_all",
    "restore_all", "rename", "choose", "purge", "follow",
)  # fmt: skip


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink hundreds of writes takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(verbs=st.lists(st.sampled_from(VERBS), min_size=10, max_size=40), seed=st.integers(0, 10**6))
def test_replaying_from_anywhere_gives_the_database(alice: User, verbs: list[str], seed: int) -> None:
    Conversation.objects.all().delete()
    writer, early = Writer(alice, Random(seed)), Follower(Reader(alice))
    writer.do("begin")
    for verb in verbs:
        if verb == "follow":
            early.follow()
        else:
            writer.do(verb)
    Message.objects.filter(state__in=RUNNING).update(state=State.INTERRUPTED)
    late = Follower(Reader(alice), limit=50)
    for follower in (early, late):
        follower.follow()
        assert follower.heads == stored_heads()
        assert follower.messages == stored_messages()
        assert follower.follow() == []
