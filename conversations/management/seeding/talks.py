"""Conversations as they come about: turns, branches, replies that failed or were stopped, some in the trash."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from conversations.management.seeding.rows import Rows
from conversations.management.seeding.texts import Texts
from conversations.models import Conversation, Message, Role, State
from conversations.models.conversation import FIRST_TITLE_LIMIT
from conversations.text import clean_line

MODELS = (
    ("ollama", "qwen3:8b", 40), ("ollama", "llama3.2:3b", 25), ("ollama", "gemma3:12b", 15),
    ("openai", "gpt-oss-120b", 12), ("openai", "mistral-small", 6), ("eliza", "eliza", 2),
)  # fmt: skip
ENDS = ((State.COMPLETE, 960), (State.STOPPED, 15), (State.INTERRUPTED, 10), (State.FAILED, 15))
ERRORS = ("upstream_down", "upstream_lost", "too_much_context", "out_of_memory")
BRANCHES, TRASHED = 0.05, 0.02
DAYS = 400


class Talks:
    """Writes conversations; `replies` are the numbers of the last one's replies."""

    def __init__(self, random: Random, people: list[int], until: datetime, *, counts: bool) -> None:
        """`counts`: say how many messages each has, where no trigger of the database does."""
        self._random, self._people, self._until, self._counts = random, people, until, counts
        self._texts = Texts(random)
        self._models = random.choices(MODELS, [weight for _backend, _name, weight in MODELS], k=4096)
        self._ends = random.choices([end for end, _often in ENDS], [often for _end, often in ENDS], k=4096)
        self.conversations = Rows(
            Conversation, "id", "owner", "title", "created_at", "updated_at", "trashed_at", "leaf", "backend_name",
            "model_name", "size",
        )  # fmt: skip
        self.messages = Rows(
            Message, "id", "conversation", "parent", "role", "state", "content", "sender", "created_at", "finished_at",
            "backend_name", "model_name", "reason", "error_code",
        )  # fmt: skip
        self.id, self.owner, self.replies = UUID(int=0), 0, [0]

    def write(self, share: float, turns: int) -> int:
        """One of so many turns; `share` (0 to 1) is where it stands in time. The number of its messages."""
        random = self._random
        begin = self._until - timedelta(days=DAYS * (1 - share), seconds=random.random() * 3600)
        self.id = _id(begin, random)
        self.owner = self._people[min(int(random.expovariate(6) * len(self._people)), len(self._people) - 1)]
        self.replies = []
        backend, model, _weight = random.choice(self._models)
        leaf: int | None = None
        now, title, size = begin, "", 0
        for _turn in range(turns):
            asked, text = self.messages.take_pk(), self._texts.question()
            title = title or clean_line(text, FIRST_TITLE_LIMIT)
            self.messages.add(
                asked, self.id, leaf, Role.USER.value, State.COMPLETE.value, text, self.owner, now, None, "", "", "", ""
            )
            for _sibling in range(2 if random.random() < BRANCHES else 1):
                leaf, now = self._reply(asked, now, backend, model), now + timedelta(seconds=40)
                size += 1
            now, size = min(now + timedelta(minutes=random.expovariate(0.2)), self._until), size + 1
        trashed = now if random.random() < TRASHED else None
        said = size if self._counts else 0
        self.conversations.add(self.id, self.owner, title, begin, now, trashed, leaf, backend, model, said)
        return size

    def _reply(self, asked: int, now: datetime, backend: str, model: str) -> int:
        reply, state = self.messages.take_pk(), self._random.choice(self._ends)
        error = self._random.choice(ERRORS) if state == State.FAILED else ""
        text = "" if error == "upstream_down" else self._texts.answer()
        reason = "stop" if state == State.COMPLETE else ""
        self.messages.add(
            reply, self.id, asked, Role.ASSISTANT.value, state.value, text, None, now, now + timedelta(seconds=20),
            backend, model, reason, error,
        )  # fmt: skip
        self.replies.append(reply)
        return reply


def _id(moment: datetime, random: Random) -> UUID:
    """As `conversations.ids.uuid7`, at another time."""
    value = int(moment.timestamp() * 1000) << 80 | random.getrandbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0x3 << 62) | 2 << 62)
