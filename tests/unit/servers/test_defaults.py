"""How a model is asked: the conversation's own settings, then an administrator's, then the model's own."""

from __future__ import annotations

from uuid import uuid4

import pytest

from conversations.backends.base import ModelInfo
from conversations.backends.registry import Registry
from conversations.generation import prompt
from conversations.generation.insight.contexts import Contexts
from conversations.models import Conversation, Message, User
from conversations.models.lease import Lease

DEFAULTS = {
    "sampling": {"temperature": 0.1, "num_ctx": 8192, "keep_alive": "1h"},
    "system_prompt": "Be brief.",
    "think": "off",
}
INFO = ModelInfo("tiny:latest", capabilities=frozenset({"completion"}), defaults=DEFAULTS)

pytestmark = pytest.mark.django_db


def asked(**own: object) -> Message:
    ada = User.objects.create_user("ada")
    conversation = Conversation.objects.create(owner=ada, backend_name="ollama", model_name="tiny:latest", **own)
    return conversation.ask(ada, uuid4(), "hello", None, Lease("test", 10)).reply


def test_defaults_hold_where_the_conversation_says_nothing() -> None:
    found = prompt.build(asked(), INFO)

    assert [(message.role, message.content) for message in found.request.messages] == [
        ("system", "Be brief."),
        ("user", "hello"),
    ]
    assert found.request.options == {"temperature": 0.1, "num_ctx": 8192}
    assert (found.request.keep_alive, found.request.think) == ("1h", False)
    assert found.provenance["system_prompt"] == "Be brief."
    assert found.provenance["options"] == {"temperature": 0.1, "num_ctx": 8192}


def test_what_the_conversation_sets_comes_first_one_by_one() -> None:
    reply = asked(system_prompt="Be long.", think="on", sampling={"temperature": 0.9})

    request = prompt.build(reply, INFO).request

    assert request.messages[0].content == "Be long."
    assert request.options == {"temperature": 0.9, "num_ctx": 8192}
    assert request.think is True


def test_without_defaults_nothing_is_sent() -> None:
    request = prompt.build(asked(), None).request

    assert ([message.role for message in request.messages], request.options) == (["user"], {})
    assert (request.keep_alive, request.think) == (None, None)


def test_the_gauge_knows_a_context_length_that_an_administrator_set() -> None:
    spec = {"name": "ollama", "class": "conversations.backends.ollama.OllamaBackend", "address": ""}
    registry = Registry([{**spec, "defaults": {"tiny:latest": DEFAULTS}}])
    contexts = Contexts()

    limit, own = (contexts.limit(registry, ("ollama", "tiny"), num_ctx) for num_ctx in (None, 4096))

    assert limit
    assert own
    assert ((limit.tokens, limit.source), own.tokens) == ((8192, "set"), 4096)
