"""What starts and ends replies. The answer is the turn as it is written: lines of JSON, server-sent events, or its end.

A program that goes away stops nothing: the reply belongs to the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import IntegrityError
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from ninja import Path, Status
from ninja.errors import AuthenticationError
from pydantic import BaseModel
from pydantic_core import to_json

from conversations.api.access import program_of, user_of
from conversations.api.messages.bodies import Another, Answer, Halt, Question, entry
from conversations.api.messages.reading import router
from conversations.api.messages.turn import Event, Turn, Who
from conversations.api.problems import Problem
from conversations.generation import asking
from conversations.live.access import SignedOut
from conversations.live.protocol import TEXT_LIMIT
from conversations.live.protocol.commands import Ask, Id, Regenerate
from conversations.live.protocol.events import Asked
from conversations.models import Conversation, Message, Role, User
from conversations.models.conversation import Refused
from conversations.tasks import STORAGE_ERRORS, read, spawn

Number = Annotated[Id, Path()]
PROBLEMS: dict[int, type[BaseModel]] = dict.fromkeys((400, 401, 404, 409, 413, 422, 429, 503), Problem)

_LINES, _EVENTS = "application/x-ndjson", "text/event-stream"
STREAMS = {
    "responses": {
        200: {
            "description": "The turn as it is written, or with `stream=false` its last reply.",
            "content": {_LINES: {"schema": {"type": "string"}}, _EVENTS: {"schema": {"type": "string"}}},
        }
    }
}


@router.post(
    "/conversations/{conversation}/messages",
    response={200: Answer, **PROBLEMS},
    url_name="messages",
    operation_id="ask",
    summary="Say something, and read the reply as it is written",
    openapi_extra=STREAMS,
)
def ask(request: HttpRequest, conversation: UUID, body: Question, stream: bool = True) -> StreamingHttpResponse:
    """A number that nobody has used yet begins a conversation.

    A line of JSON for each event (`Accept: text/event-stream`: a server-sent event), named by its `type`: `asked` when
    the question is stored; of each `reply`, `reply.phase`, `reply.delta` (`text` from offset `at` of its `part` on),
    `reply.text` (more at once) and `reply.finished` (`state`, `metrics`, `error`). Calls of tools are `asked` before
    the reply that wants them ends, and so is the reply that reads them. With `corrects_format`, an answer that does not
    fit its form is followed by an `asked` with the second try. The stream ends with the last one. `pong` breaks a
    silence; `error` says that the reply was deleted meanwhile.

    Nobody is asked about tools: a call that needs approval fails, and the model is told so.
    """
    if len(body.text) > TEXT_LIMIT:
        raise Refused("too_long", "text")
    values = {name: getattr(body, name) for name in body.model_fields_set | {"client_id"}}
    if "parent" not in values:
        values["parent"] = _end_of(user_of(request), conversation, body.client_id)
    who = program_of(request)
    command = Ask(conversation=conversation, **values)
    return answered(request, who, asking.ask(who, command), stream=stream)


@router.post(
    "/messages/{message}/regenerate",
    response={200: Answer, **PROBLEMS},
    operation_id="regenerate",
    summary="Answer again, beside a reply or below a question",
    openapi_extra=STREAMS,
)
def regenerate(request: HttpRequest, message: Number, body: Another, stream: bool = True) -> StreamingHttpResponse:
    """The answer is as that of asking."""
    who = program_of(request)
    command = Regenerate(message=message, **{name: getattr(body, name) for name in ("client_id", "model", "exactly")})
    return answered(request, who, asking.regenerate(who, command), stream=stream)


@router.post(
    "/messages/{message}/stop",
    response={204: None, **PROBLEMS},
    operation_id="stop",
    summary="End a reply or a call of a tool",
)
def stop(request: HttpRequest, message: Number, body: Halt | None = None) -> Status[None]:
    """Nothing happens to one that has ended. Its text so far is kept."""
    carry_out(asking.stop(program_of(request), message, body.shown if body else None))
    return Status(204, None)


def _end_of(user: User, conversation: UUID, client_id: UUID) -> int | None:
    """Where the conversation goes on; for a question that is there already, where it was put."""
    said = Message.objects.filter(sender=user, client_id=client_id, role=Role.USER)
    own = Conversation.objects.visible_to(user).filter(pk=conversation)
    found = said.values_list("parent_id").first() or own.values_list("leaf_id").first()
    return found[0] if found else None


def answered(
    request: HttpRequest, who: Who, work: Coroutine[Any, Any, Asked], *, stream: bool
) -> StreamingHttpResponse:
    """The turn that `work` begins, in the form that was asked for. Raises Refused when it does not begin."""
    turn = Turn(who, user_of(request).pk, carry_out(work), translation.get_language() or "en")
    if not stream:
        return _response(_whole(turn, who), "application/json")
    if request.get_preferred_type([_LINES, _EVENTS]) == _EVENTS:
        return _response(_encoded(turn, _event), _EVENTS)
    return _response(_encoded(turn, _line), _LINES)


def _response(pieces: AsyncGenerator[bytes, None], media_type: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=media_type)
    answer["Cache-Control"] = "no-store"
    answer["Content-Encoding"] = "identity"  # packed, some programs would see nothing before the end
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _encoded(turn: Turn, encode: Callable[[Event], bytes]) -> AsyncGenerator[bytes, None]:
    async with aclosing(turn.events()) as events:
        async for event in events:
            yield encode(event)


def _line(event: Event) -> bytes:
    return to_json(event) + b"\n"


def _event(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: ".encode() + to_json(event) + b"\n\n"


async def _whole(turn: Turn, who: Who) -> AsyncGenerator[bytes, None]:
    async with aclosing(turn.events()) as events:
        async for event in events:
            if event["type"] == "pong":
                yield b"\n"  # allowed before JSON, and keeps proxies from hanging up
            elif event["type"] == "error":
                yield to_json(event)
                return
    yield to_json(await read(_answer, who, turn.messages) or turn.failed("not_found"))


def _answer(who: Who, messages: list[int]) -> Answer | None:
    """The last of them; None when they were deleted in this moment."""
    found = list(Message.objects.visible_to(who()).filter(pk__in=messages).order_by("pk"))
    if not found:
        return None
    *before, last = found
    return Answer(
        conversation=last.conversation_id,
        before=[entry(row) for row in before],
        **dict(entry(last)),
    )


def carry_out(work: Coroutine[Any, Any, Any]) -> Any:
    """Do it on the loop of the replies, to its end even when the program hangs up. Raises Refused."""
    try:
        return async_to_sync(_apart)(work)
    except SignedOut:
        raise AuthenticationError from None
    except (*STORAGE_ERRORS, IntegrityError):  # the latter: what it hangs below was purged in this moment
        raise Refused("storage_busy") from None


async def _apart(work: Coroutine[Any, Any, Any]) -> Any:
    return await asyncio.shield(spawn(work, "api"))
