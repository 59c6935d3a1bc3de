"""A request cut to what a model can do: it never gets one that needs a capability it lacks. No I/O."""

from __future__ import annotations

from dataclasses import replace

from conversations.backends.base import BackendRefused, ChatMessage, ChatRequest


def needs_capabilities(request: ChatRequest) -> bool:
    """Whether anything in it is not for every model."""
    return request.think is not None or bool(request.tools) or any(message.images for message in request.messages)


def fitted(request: ChatRequest, capabilities: frozenset[str] | None) -> ChatRequest:
    """The request as a model with these capabilities takes it; None is “not known”, and only thinking is left out.

    Images of earlier turns are replaced by a note, so that a conversation can go on with another model. Raises
    BackendRefused("model_cannot_see") for those of the last question, BackendRefused("model_cannot_use_tools").
    """
    if request.think is not None and "thinking" not in (capabilities or ()):
        request = replace(request, think=None)
    if capabilities is None:
        return request
    if request.tools and "tools" not in capabilities:
        raise BackendRefused("model_cannot_use_tools", request.model_name)
    if "vision" not in capabilities and any(message.images for message in request.messages):
        return replace(request, messages=_without_images(request))
    return request


def _without_images(request: ChatRequest) -> list[ChatMessage]:
    messages = list(request.messages)
    asked = max((at for at, message in enumerate(messages) if message.role == "user"), default=0)
    for at, message in enumerate(messages):
        if message.images:
            if at >= asked:
                raise BackendRefused("model_cannot_see", request.model_name)
            note = f"[{len(message.images)} image(s) that this model cannot see]"
            messages[at] = replace(message, content=f"{message.content}\n\n{note}".lstrip(), images=())
    return messages
