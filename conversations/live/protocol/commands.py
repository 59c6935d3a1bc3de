"""What a tab may say, and reading it: every command is a line of the union, and `static/js/live.js` lists the same."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from conversations.live.protocol import TEXT_LIMIT, Frame
from conversations.sampling import Sampling, ThinkChoice
from conversations.structured.formats import check_format
from conversations.text import storable

Id = Annotated[int, Field(gt=0, lt=2**63)]
Offset = Annotated[int, Field(ge=0, lt=2**53)]
Name = Annotated[str, Field(max_length=300), AfterValidator(storable)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]
AnswerFormat = Annotated[Literal["json"] | dict[str, Any], AfterValidator(check_format)]


class Open(Frame):
    """Show this conversation live from now on (None: only the sidebar)."""

    type: Literal["open"] = "open"
    conversation: UUID | None


class ModelChoice(Frame):
    """A model of a backend."""

    backend: Name
    name: Name


class Ask(Frame):
    """Say `text`, after `parent` (None: as a first message), in `conversation` (which is made if it does not exist).

    One that is made `temporary` is removed once nobody has it open any more.
    """

    type: Literal["ask"] = "ask"
    client_id: UUID
    conversation: UUID
    parent: Id | None = None
    text: Text
    model: ModelChoice | None = None
    think: ThinkChoice | None = None
    system_prompt: Text | None = None
    sampling: Sampling | None = None
    response_format: AnswerFormat | None = None
    corrects_format: bool | None = None
    attachments: list[UUID] = []
    tools: Annotated[list[Name], Field(max_length=64)] | None = None
    temporary: bool = False


class Edit(Frame):
    """Say something else instead of the user's `message`: a new branch beside it.

    `attachments` may name files of the message and new ones; None keeps all that it has.
    """

    type: Literal["edit"] = "edit"
    client_id: UUID
    message: Id
    text: Text
    attachments: list[UUID] | None = None


class Regenerate(Frame):
    """Answer again: a new reply beside `message` (a reply), or below it (a user's message without one).

    `exactly` as the reply was asked for: the same messages, model, options and seed.
    """

    type: Literal["regenerate"] = "regenerate"
    client_id: UUID
    message: Id
    model: ModelChoice | None = None
    exactly: bool = False


class Continue(Frame):
    """Go on from the end of a stopped, interrupted or cut-off reply, in the same message."""

    type: Literal["continue"] = "continue"
    reply: Id


class Stop(Frame):
    """Stop `reply`; `shown` is how much of its text the person saw, which is where it is cut."""

    type: Literal["stop"] = "stop"
    reply: Id
    shown: Offset | None = None


class Approve(Frame):
    """Say whether the call of `message` (a tool's) may be carried out: once, or always in this conversation."""

    type: Literal["approve"] = "approve"
    message: Id
    decision: Literal["once", "conversation", "refuse"]


class Resume(Frame):
    """A gap was found, or the tab was away: the text of `reply` from these offsets."""

    type: Literal["resume"] = "resume"
    reply: Id
    content_at: Offset = 0
    thinking_at: Offset = 0


class Watch(Frame):
    """Tell what changes in a review project (None: no more), and tell others who looks at its queue or at `case`.

    Said again while the page is open, at least every 20 seconds: whoever is silent for longer counts as gone.
    """

    type: Literal["watch"] = "watch"
    project: Id | None
    case: Id | None = None


class Ack(Frame):
    """The number of frames the tab has taken in so far."""

    type: Literal["ack"] = "ack"
    frames: Offset


class Ping(Frame):
    """Is anybody there."""

    type: Literal["ping"] = "ping"


Command = Annotated[
    Open | Ask | Edit | Regenerate | Continue | Stop | Approve | Resume | Watch | Ack | Ping,
    Field(discriminator="type"),
]
_commands: TypeAdapter[Command] = TypeAdapter(Command)


class BadFrame(ValueError):
    """A frame that is not a command. `code` is one of `conversations.faults`; `field` names the culprit."""

    def __init__(self, code: str, field: str = "", client_id: UUID | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.client_id = client_id


def parse_command(text: str) -> Command:
    """The command in a text frame. Raises BadFrame."""
    try:
        data = _decoder.decode(text)
    except (ValueError, RecursionError):
        raise BadFrame("bad_json") from None
    if not isinstance(data, dict):
        raise BadFrame("bad_json")
    try:
        return _commands.validate_python(data)
    except ValidationError as error:
        raise _bad_frame(error, data) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)  # `json.loads` would make one for each frame


def _bad_frame(error: ValidationError, data: dict[str, object]) -> BadFrame:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return BadFrame("unknown_type")
    try:
        client_id = UUID(str(data.get("client_id")))
    except ValueError:
        client_id = None
    place = [str(part) for part in first["loc"][1:]]
    if place == ["text"] and first["type"] == "string_too_long":
        return BadFrame("too_long", "text", client_id)
    return BadFrame("bad_field", ".".join(place), client_id)
