"""What the transcript shows of an answer that was wanted in a form."""

from __future__ import annotations

from typing import Any

from django import template

from conversations.models import Message
from conversations.views.insight.answers import answer_of

register = template.Library()


@register.inclusion_tag("chat/insight/_answer.html")
def structured_answer(message: Message) -> dict[str, Any]:
    """The answer's form; nothing for a reply in free text."""
    return answer_of(message) or {}
