"""A model without a capability never gets a request that needs it."""

from __future__ import annotations

import pytest

from conversations.backends.base import BackendRefused, ChatMessage, ChatRequest, ToolSpec
from conversations.backends.fitting import fitted, needs_capabilities
from conversations.faults import FAULTS

PLAIN = frozenset({"completion"})
EVERYTHING = PLAIN | {"tools", "vision", "thinking"}
LOOK = ChatMessage("user", "Look", images=["aGk=", "aGk="])
TOOL = ToolSpec("clock", "", {})


def refusal(request: ChatRequest, capabilities: frozenset[str]) -> str:
    with pytest.raises(BackendRefused) as refused:
        fitted(request, capabilities)
    assert refused.value.code in FAULTS
    return refused.value.code


def test_a_plain_question_needs_nothing() -> None:
    request = ChatRequest("m", [ChatMessage("user", "Hello")])
    assert not needs_capabilities(request)
    assert fitted(request, frozenset()) is request


@pytest.mark.parametrize("request_", [ChatRequest("m", [LOOK]), ChatRequest("m", [], tools=[TOOL])])
def test_a_model_that_can_gets_it_as_it_is(request_: ChatRequest) -> None:
    assert needs_capabilities(request_)
    assert fitted(request_, EVERYTHING) is request_
    assert fitted(request_, None) is request_


def test_a_model_that_cannot_see_or_use_tools_is_not_asked() -> None:
    assert refusal(ChatRequest("m", [LOOK]), PLAIN) == "model_cannot_see"
    assert refusal(ChatRequest("m", [], tools=[TOOL]), PLAIN) == "model_cannot_use_tools"


def test_images_of_the_question_are_refused_after_its_tools_have_answered_too() -> None:
    path = [LOOK, ChatMessage("assistant", ""), ChatMessage("tool", "12:00")]
    assert refusal(ChatRequest("m", path), PLAIN) == "model_cannot_see"


def test_images_of_earlier_turns_become_a_note() -> None:
    path = [LOOK, ChatMessage("assistant", "A cat."), ChatMessage("user", "Which colour?")]
    messages = fitted(ChatRequest("m", path), PLAIN).messages
    assert messages[0] == ChatMessage("user", "Look\n\n[2 image(s) that this model cannot see]")
    assert messages[1:] == path[1:]


@pytest.mark.parametrize(
    ("capabilities", "think"), [(EVERYTHING, "max"), (PLAIN, None), (None, None), (frozenset(), None)]
)
def test_thinking_is_left_out_where_nobody_can(capabilities: frozenset[str] | None, think: object) -> None:
    assert fitted(ChatRequest("m", [], think="max"), capabilities).think == think
