"""Who may do what over the socket: every command of the protocol × everybody, as the table here says."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.test import Client

from conversations.generation.engine import engine
from conversations.live.consumers import ChatConsumer
from conversations.live.protocol.commands import Command
from conversations.models import Message
from conversations.tasks import close_threads
from tests.unit.access.people import CONVERSATION, NUMBER, WHO, client_of, groups, things

PATIENCE = 60.0
_NEW = {"client_id": "01976a6e-7a00-7000-8000-0000000000ff"}
COMMANDS: dict[str, dict[str, Any]] = {
    "open": {"conversation": CONVERSATION},
    "ask": {"conversation": CONVERSATION, "parent": NUMBER + 1, "text": "And then?", **_NEW},
    "edit": {"message": NUMBER, "text": "Where?", **_NEW},
    "regenerate": {"message": NUMBER + 1, **_NEW},
    "continue": {"reply": NUMBER + 1},
    "stop": {"reply": NUMBER + 1},
    "approve": {"message": NUMBER + 3, "decision": "refuse"},
    "resume": {"reply": NUMBER + 1},
    "watch": {"project": NUMBER, "case": NUMBER},
    "ack": {"frames": 0},
    "ping": {},
}
"""Each about the owner's things."""

# `gone`: the socket is closed, before or at once; `not_found`: it is refused as what there is not; `.`: it is done.
TABLE = """
           anonymous other     owner reviewer  exporter  administrator deactivated
open       gone      not_found .     not_found not_found not_found     gone
ask        gone      not_found .     not_found not_found not_found     gone
edit       gone      not_found .     not_found not_found not_found     gone
regenerate gone      not_found .     not_found not_found not_found     gone
continue   gone      not_found .     not_found not_found not_found     gone
stop       gone      not_found .     not_found not_found not_found     gone
approve    gone      not_found .     not_found not_found not_found     gone
resume     gone      not_found .     not_found not_found not_found     gone
watch      gone      not_found not_found not_found not_found .             gone
ack        gone      .         .     .         .         .             gone
ping       gone      .         .     .         .         .             gone
"""


def told() -> dict[str, dict[str, str]]:
    heads, *lines = [line.split() for line in TABLE.strip().splitlines()]
    return {name: dict(zip(heads, answers, strict=True)) for name, *answers in lines}


@pytest.fixture(autouse=True)
def _quiet(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.runner, "start", lambda *args, **options: None)


def test_every_command_is_in_the_table() -> None:
    union, _discriminator = get_args(Command)
    names = {command.model_fields["type"].default for command in get_args(union)}

    assert (set(COMMANDS), set(told())) == (names, names)
    assert all(tuple(answers) == WHO for answers in told().values())


@pytest.mark.parametrize("who", WHO)
def test_everybody_may_do_what_the_table_says(who: str) -> None:
    groups()
    found: dict[str, str] = {}
    for name, values in COMMANDS.items():
        things()
        waiting_call() if name == "approve" else None
        found[name] = async_to_sync(said)(client_of(who), {"type": name, **values})
    close_threads()
    assert found == {name: answers[who] for name, answers in told().items()}


def waiting_call() -> None:
    """A call of a tool that waits for a person's word."""
    Message.objects.create(
        pk=NUMBER + 3, conversation_id=CONVERSATION, role="tool", parent_id=NUMBER + 1, state="queued"
    )


async def said(client: Client, command: dict[str, Any]) -> str:
    """What becomes of a command in a tab of `client`'s."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies.encode())]
    tab = WebsocketCommunicator(ChatConsumer.as_asgi(), "/ws/", headers=headers)
    await tab.connect(timeout=PATIENCE)
    await tab.send_to(json.dumps(command))
    await tab.send_to(json.dumps({"type": "ping"}))
    answer = "."
    while (event := await tab.receive_output(timeout=PATIENCE))["type"] != "websocket.close":
        told = json.loads(event["text"])
        if told["type"] == "error":
            answer = told["code"]
        elif told["type"] == "pong":
            await tab.disconnect(timeout=PATIENCE)
            return answer
    return "gone"
