"""A model whose every answer is known: by the question, which also says what goes wrong with it."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from random import Random
from typing import Any

from tests.upstream import Call, Model, Plan, Upstream
from tests.upstream.plans import tokens

MODEL = {"backend": "ollama", "name": "echo:latest"}
WORDS = (
    *("amber", "birch", "cloud", "delta", "ember", "fjord", "grove", "heron", "islet", "juniper", "kelp", "lark"),
    *("maple", "nectar", "otter", "𝄞clef"),
)
TITLE = "Write a title"
# At half of the answer, unless it is refused altogether.
TROUBLES = {
    "held": Plan(hold=1),
    "lost": Plan(end="reset"),
    "cut short": Plan(end="eof"),
    "broken": Plan(end="error"),
    "refused": Plan(status=500, body=b'{"error":"no"}'),
}


def answer_to(question: str) -> str:
    """The whole answer: as many words as are asked for (20 where none are named), always the same ones."""
    wanted = re.search(r"(\d+) words", question)
    # Drawn anew for each place: where a text repeats itself, going on would take it for a model that begins again.
    drawn = Random(question)
    words = (drawn.choice(WORDS) for _ in range(int(wanted[1]) if wanted else 20))
    first = re.sub(r"\W+", " ", question).strip()
    return f"On {first}: {' '.join(words)}"


class Known(Upstream):
    """Answers by `answer_to`, from where the reply ends that is to be continued. Words of `TROUBLES` come true.

    `troubles` befall the next answers, one each, whatever is asked. `strange` lists what no page can have sent.
    """

    def __init__(self, rate: float) -> None:
        super().__init__(rate=rate, models=[Model("echo:latest")])
        self.troubles: deque[str] = deque()
        self.strange: list[str] = []

    def plan_for(self, call: Call) -> Plan:
        """The rest of the known answer."""
        del self.calls[:-100]  # a long run asks for many
        messages: list[dict[str, Any]] = call.value["messages"]
        last = messages[-1]
        if last["role"] == "user" and last["content"].startswith(TITLE):
            return Plan("About words")
        question = next(each["content"] for each in reversed(messages) if each["role"] == "user")
        begun = last["content"] if last["role"] == "assistant" else ""
        answer = answer_to(question)
        if not answer.startswith(begun):
            self.strange.append(f"{question!r} was answered by {begun!r}")
        return self._troubled(question, answer[len(begun) :])

    def _troubled(self, question: str, rest: str) -> Plan:
        trouble = next((word for word in TROUBLES if word in question), "")
        if not trouble and self.troubles:
            trouble = self.troubles.popleft()
        plan, half = TROUBLES.get(trouble, Plan()), max(1, len(tokens(rest)) // 2)
        if plan.hold:
            return replace(plan, text=rest, hold=half)
        return replace(plan, text=rest, stop_after=half if plan.end != "done" else None)
