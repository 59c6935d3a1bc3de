"""Made-up texts: common and rare words as in a language, in a pool that messages draw from."""

from __future__ import annotations

from itertools import accumulate
from random import Random

_SYLLABLES = (
    "ba be bo da de di do fa fe ga go ha he ka ki ko la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se si "
    "so ta te ti to va ve vi wa we za zo "
)
_COMMON = (
    "the a of to and in is it you that for on are with as be this have from or by not but what all were when we "
    "there can an your which their if do will each about how up out them then she many some so these would other "
    "into has more her two like him see time could no make than first been its who now people my made over did down "
    "only way find use may water long little very after words called just where most know "
)
_TOPICS = (
    "river bridge mill invoice contract python database kidney recipe visa lease engine grammar violin tax router "
    "garden vaccine novel solar "
)
_OPENINGS = ("How do I", "What is", "Please explain", "Can you check", "Why does", "Write a short text on", "Compare")
_CODE = "```python\ndef {0}({1}):\n    return sum({1}) / len({1})\n```"
QUESTIONS, ANSWERS = 4000, 6000


class Texts:
    """Pools of questions and answers; every tenth text gets a number that no other one has."""

    def __init__(self, random: Random) -> None:
        syllables = _SYLLABLES.split()
        rare = ["".join(random.choices(syllables, k=random.choice((2, 3, 3, 4)))) for _ in range(20_000)]
        self._words = [*_COMMON.split(), *_TOPICS.split(), *rare]
        # By Zipf: the n-th word stands there 1/n times as often as the first.
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self._topics = _TOPICS.split()
        self._random = random
        self._questions = [self._question() for _ in range(QUESTIONS)]
        self._answers = [self._answer() for _ in range(ANSWERS)]
        self._count = 0

    def question(self) -> str:
        """What a person asks."""
        return self._numbered(self._random.choice(self._questions))

    def answer(self) -> str:
        """What a model replies, in Markdown."""
        return self._numbered(self._random.choice(self._answers))

    def _numbered(self, text: str) -> str:
        self._count += 1
        return f"{text} Ticket {self._count:07d}." if self._count % 10 == 0 else text

    def _sentence(self, length: int) -> str:
        return " ".join(self._random.choices(self._words, cum_weights=self._weights, k=length)).capitalize()

    def _question(self) -> str:
        random = self._random
        return (
            f"{random.choice(_OPENINGS)} {random.choice(self._topics)} {self._sentence(random.randint(4, 20)).lower()}?"
        )

    def _answer(self) -> str:
        random = self._random
        parts = [" ".join(f"{self._sentence(random.randint(5, 14))}." for _ in range(random.randint(2, 8)))]
        if random.random() < 0.3:
            parts.append("\n".join(f"- **{self._sentence(2)}**: {self._sentence(6).lower()}" for _ in range(3)))
        if random.random() < 0.1:
            parts.append(_CODE.format(random.choice(self._topics), random.choice(self._topics)))
        parts.append(f"{self._sentence(random.randint(6, 18))}.")
        return "\n\n".join(parts)
