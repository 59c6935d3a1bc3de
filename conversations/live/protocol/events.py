"""What a tab is told: every event is a line of the union, and `static/js/live.js` lists the same."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from conversations.live.protocol import VERSION, Frame
from conversations.live.protocol.shares import QuotaChanged


class Welcome(Frame):
    """The first frame: the protocol's version, who was let in, and the build of the page this server would serve."""

    type: Literal["welcome"] = "welcome"
    version: int = VERSION
    user: int
    build: str


class AttachmentView(Frame):
    """A file of a message. Its bytes are at `/attachments/<id>/file/`, of an image also at `…/thumbnail/`.

    `kind` is image, text or pdf; `size` in bytes, `width` and `height` in pixels; `tokens` is an estimate;
    `remark` is "", first_frame (of an animation) or cut (only the beginning of its text is used).
    """

    id: UUID
    kind: str
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    tokens: int = 0
    remark: str = ""


class ToolView(Frame):
    """A call of a tool, on the message that has its result.

    `label` says whose tool it is and which, `gist` what it was given in a line, `arguments` all of that as JSON (or
    what the model wrote instead); `remembers`, whether a person's approval may hold for the whole conversation.
    """

    label: str
    gist: str = ""
    arguments: str = ""
    remembers: bool = False


class MessageView(Frame):
    """A message as a tab draws it. `siblings` are the ids of all messages with the same parent, oldest first."""

    id: int
    parent: int | None
    role: str
    state: str
    content: str
    thinking: str = ""
    model_name: str = ""
    backend_name: str = ""
    client_id: UUID | None = None
    siblings: list[int]
    created_at: str
    attachments: list[AttachmentView] = []
    tool: ToolView | None = None


class Opened(Frame):
    """What of it is being written, each with all its text; messages that a page does not have changed `updated_at`."""

    type: Literal["opened"] = "opened"
    conversation: UUID
    leaf: int | None
    updated_at: str
    running: list[ReplyText]


class Asked(Frame):
    """Stored: `messages` are new on the path below `parent`. To the asker (`client_id`) this is the acknowledgement."""

    type: Literal["asked"] = "asked"
    client_id: UUID
    conversation: UUID
    parent: int | None
    messages: list[MessageView]


class ReplyPhase(Frame):
    """What a running reply is doing; `position` (from 1) only while queued, `elapsed` in ms since the asking.

    `wait` is about how many seconds it will be queued, by the last replies of its server; null when that is not known.

    A tool's message is `queued` behind other calls, waits for a person's `approval`, or is `running`.
    """

    type: Literal["reply.phase"] = "reply.phase"
    conversation: UUID
    reply: int
    phase: Literal["queued", "loading", "reading", "thinking", "writing", "approval", "running"]
    position: int | None = None
    wait: int | None = None
    elapsed: int = 0


class ReplyDelta(Frame):
    """New text: `text` starts at offset `at` of the reply's `part`."""

    type: Literal["reply.delta"] = "reply.delta"
    conversation: UUID
    reply: int
    part: Literal["content", "thinking"]
    at: int
    text: str


class ReplyText(Frame):
    """All the text of a reply from the offsets on: the answer to `resume`, and part of `opened`."""

    type: Literal["reply.text"] = "reply.text"
    conversation: UUID
    reply: int
    state: str
    phase: str = ""
    position: int | None = None
    wait: int | None = None
    elapsed: int = 0
    content_at: int = 0
    content: str = ""
    thinking_at: int = 0
    thinking: str = ""


class ReplyFinished(Frame):
    """The reply's last state, and the backend that wrote it, which need not be the one that was asked.

    `content_length`/`thinking_length` let a tab find out that it missed something, or showed more than was kept.
    """

    type: Literal["reply.finished"] = "reply.finished"
    conversation: UUID
    reply: int
    state: str
    backend_name: str = ""
    reason: str = ""
    content_length: int
    thinking_length: int
    metrics: dict[str, Any] = {}
    error: ErrorView | None = None


class ErrorView(Frame):
    """Why a reply failed: a code of `conversations.faults`, and the server's own words (untrusted)."""

    code: str
    detail: str = ""


class ReplyRestarted(Frame):
    """A final reply is being continued."""

    type: Literal["reply.restarted"] = "reply.restarted"
    conversation: UUID
    reply: int


class ConversationChanged(Frame):
    """The sidebar's entry: new, renamed, moved to the top, started or ended generating, deleted or restored."""

    type: Literal["conversation.changed"] = "conversation.changed"
    conversation: UUID
    title: str
    generating: bool
    deleted: bool = False
    updated_at: str


class PathChanged(Frame):
    """Another branch was chosen, or something was deleted or restored: fetch the path again."""

    type: Literal["path.changed"] = "path.changed"
    conversation: UUID
    leaf: int | None


class BackendChanged(Frame):
    """A backend came up, went away, or has other models now. `host` is empty for one on this server.

    One that is `gone` is not set up any more. A model that several share is listed by the first of them.
    """

    type: Literal["backend.changed"] = "backend.changed"
    name: str
    label: str
    address: str
    host: str
    state: Literal["unknown", "up", "down", "gone"]
    code: str = ""
    detail: str = ""
    models: list[ModelView]


class ModelView(Frame):
    """A line of the model picker. `others` serve it too; `hosts` are all that it may run on ("": this server)."""

    backend: str
    name: str
    capabilities: list[str] | None
    context_length: int | None = None
    label: str = ""
    note: str = ""
    others: list[str] = []
    hosts: list[str] = []


class Failed(Frame):
    """A command was not carried out. `code` is one of `conversations.faults`; `client_id` or `re` say which."""

    type: Literal["error"] = "error"
    code: str
    text: str
    advice: str = ""
    field: str = ""
    retryable: bool = False
    client_id: UUID | None = None
    re: str = ""


class Pong(Frame):
    """The answer to `ping`, and the heartbeat: the last offset of every reply the tab is watching."""

    type: Literal["pong"] = "pong"
    offsets: dict[int, int] = {}


class Approvals(Frame):
    """How many people wait for an administrator's approval (to administrators)."""

    type: Literal["approvals"] = "approvals"
    waiting: int


class ReadersChanged(Frame):
    """Who may read conversations by the site's settings now: their owners alone, or staff with a reason too.

    `kept` says how long this person's are kept, in their words.
    """

    type: Literal["readers.changed"] = "readers.changed"
    readers: Literal["owner", "staff"]
    kept: str


class CaseChanged(Frame):
    """Something about a case of a review project is new: fetch it again."""

    type: Literal["case.changed"] = "case.changed"
    project: int
    case: int


class ReviewerSeen(Frame):
    """A reviewer has a page of the project open: of `case`, or (None) its queue. One `tab` is one page.

    Whoever `came` does not know who else is there: those who are say so again.
    """

    type: Literal["reviewer.seen"] = "reviewer.seen"
    project: int
    case: int | None
    tab: str
    user: int
    name: str
    how: Literal["came", "stays", "left"]


Event = (
    Welcome
    | Opened
    | Asked
    | ReplyPhase
    | ReplyDelta
    | ReplyText
    | ReplyFinished
    | ReplyRestarted
    | ConversationChanged
    | PathChanged
    | BackendChanged
    | Failed
    | Pong
    | Approvals
    | ReadersChanged
    | CaseChanged
    | ReviewerSeen
    | QuotaChanged
)
