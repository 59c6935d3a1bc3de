"""From the path in the database to what a model is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conversations.backends.base import ChatMessage, ChatRequest, ModelInfo
from conversations.generation.servers.defaults import wishes_of
from conversations.generation.tooling.offering import specs_for
from conversations.generation.tooling.pairing import with_calls
from conversations.models import Message, Role, State
from conversations.models.paths import Turn
from conversations.sampling import think_value
from conversations.uploads.quoting import with_files

# No tokenizer packs more characters than this into a token on average, and each turn costs some for its frame:
# a path cut by this estimate never lacks a turn that the model could have read.
_CHARACTERS_PER_TOKEN = 8
_TOKENS_PER_MESSAGE = 4
_UNKNOWN_CONTEXT = 131_072


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request, and what of it is worth remembering with the reply; `path` are the numbers of its turns."""

    request: ChatRequest
    provenance: dict[str, Any]
    wants_title: bool
    path: Sequence[int] = ()


def build(reply: Message, info: ModelInfo | None) -> Prompt:
    """The prompt of a reply, for a model of which `info` is known. One that has text already is to be continued."""
    conversation = reply.conversation
    wishes = wishes_of(conversation, info)
    sampling = wishes.sampling
    path = _path(reply, sampling.num_ctx or (info and info.context_length) or _UNKNOWN_CONTEXT)
    messages = messages_of(path)
    if wishes.system_prompt:
        messages.insert(0, ChatMessage("system", wishes.system_prompt))
    if reply.content:
        messages.append(ChatMessage("assistant", reply.content))
    request = ChatRequest(
        model_name=reply.model_name,
        messages=messages,
        options=sampling.options(),
        think=think_value(wishes.think),
        keep_alive=sampling.keep_alive_value(),
        logprobs=sampling.logprobs,
        truncate=sampling.truncate,
        shift=sampling.shift,
        tools=specs_for(conversation, info.capabilities if info else None, messages),
    )
    provenance = {
        "first_message": path[0].pk if path else None,
        "last_message": reply.parent_id,
        "messages": len(path),
        **({"lengths": lengths} if (lengths := _open_ends(path)) else {}),
        "is_cut": bool(path) and path[0].parent_id is not None,
        "system_prompt": wishes.system_prompt,
        "options": sampling.options(),
        "keep_alive": sampling.keep_alive,
        "think": wishes.think,
    }
    said = sum(turn.role == Role.USER for turn in path)
    is_first = said == 1 and path[0].parent_id is None and not reply.content
    wants_title = is_first and not conversation.is_title_given and not conversation.is_temporary
    return Prompt(request, provenance, wants_title, [turn.pk for turn in path])


def messages_of(path: Sequence[Turn]) -> list[ChatMessage]:
    """The turns as a model is sent them, with their files."""
    return with_files(path, with_calls(path))


def _open_ends(path: Sequence[Turn]) -> list[tuple[int, int]]:
    """The lengths of the texts that may still grow, because somebody may go on with them. The others are for ever: to
    name them all would make each reply cost more the longer the conversation is."""
    return [
        (turn.pk, len(turn.content))
        for turn in path
        if turn.role in (Role.ASSISTANT, Role.TOOL) and (turn.state != State.COMPLETE or turn.reason == "length")
    ]


def _path(reply: Message, context_length: int) -> list[Turn]:
    """The path's end that may fit into the context, oldest first; always its last message."""
    question = reply.parent if Message.parent.is_cached(reply) else None
    if question is not None and question.parent_id is None:  # the first of all: there is nothing to read
        return [Turn._make(getattr(question, name) for name in Turn._fields)]
    found: list[Turn] = []
    tokens = 0
    for turn in reply.conversation.turns(reply.parent_id):
        tokens += len(turn.content) // _CHARACTERS_PER_TOKEN + _TOKENS_PER_MESSAGE
        if found and tokens > context_length:
            break
        found.append(turn)
    while len(found) > 1 and found[-1].role == Role.TOOL:  # results without the call that they answer
        found.pop()
    return found[::-1]
