"""ELIZA's algorithm (J. Weizenbaum, Communications of the ACM 9, 1966, pages 36-45): a script in, answers out.

Keywords found in a sentence are stacked by rank; the sentence is taken apart by the first decomposition that fits,
and put together by that decomposition's next reassembly. What is said under the memory keyword is kept for a
moment when nothing else is recognised.
"""

from __future__ import annotations

import re
from collections import Counter, deque

from conversations.backends.eliza.script import Keyword, Rule, Script

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_CLAUSE_END = re.compile(r"[.,;:!?…\n()\"“”„«»]+|\s[-–—]\s")
_REFERENCE = re.compile(r"\((\d)\)|\{(\d)\}")
# The bound keeps a wall of words from being searched in every way there is.
_CLAUSE_WORDS = 40
_HOPS = 12
# Memory speaks on every fourth input, as in the paper.
_LIMIT = 4


class Dialogue:
    """One person's talk with one script; everything it remembers comes from what it was told."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._turns: Counter[int | str] = Counter()
        self._memory: deque[str] = deque()
        self._limit = 0

    def answer(self, text: str) -> str:
        """The answer to one input."""
        self._limit = self._limit % _LIMIT + 1
        clauses = self._clauses(text)
        if not clauses:
            return self._from_list("silence")
        for clause in clauses:
            if stack := self._stack(clause):
                answer = self._transform(clause, stack)
                return answer or self._from_list("none")
        if self._limit == _LIMIT and self._memory:
            return self._memory.popleft()
        return self._from_list("none")

    def go_on(self, said: str) -> str:
        """A further thought after an answer that was complete; one that `said` does not hold yet, if there is any."""
        further = self._script.lists["more"]
        return next((thought for thought in further if thought not in said), further[0])

    def knows(self, text: str) -> int:
        """How many of the words are everyday words of this script's language."""
        return sum(word in self._script.common for word in _WORD.findall(text.lower().replace("’", "'")))

    def _clauses(self, text: str) -> list[list[str]]:
        text = text.replace("’", "'").replace("`", "'")
        if text.isupper():
            text = text.lower()
        clauses: list[list[str]] = []
        for part in _CLAUSE_END.split(text):
            words: list[str] = []
            for index, word in enumerate(_WORD.findall(part or "")[:_CLAUSE_WORDS]):
                if word.lower() in self._script.joints:
                    clauses.append(words)
                    words = []
                    continue
                # A capital at the start of a sentence means nothing; that of a name does.
                plain = word.lower() if index == 0 and word.lower() in self._script.common else word
                words += self._script.pre.get(plain.lower(), [plain])
            clauses.append(words)
        return [clause for clause in clauses if clause]

    def _stack(self, clause: list[str]) -> list[Keyword]:
        stack: list[Keyword] = []
        for word in clause:
            keyword = self._script.keywords.get(word.lower())
            if keyword is not None and keyword not in stack:
                if stack and keyword.rank > stack[0].rank:
                    stack.insert(0, keyword)
                else:
                    stack.append(keyword)
        return stack

    def _transform(self, clause: list[str], stack: list[Keyword]) -> str:
        sentence = "".join(f" {word}" for word in clause)
        self._remember(sentence, stack[0])
        pending = deque(stack)
        keyword: Keyword | None = pending.popleft()
        for _ in range(_HOPS):
            if keyword is None:
                break
            chosen = self._reassembly(keyword, sentence)
            if chosen is None or chosen[0] == "newkey":
                keyword = pending.popleft() if pending else None
            elif chosen[0].startswith("="):
                keyword = self._script.keywords[chosen[0][1:]]
            else:
                return self._assemble(*chosen)
        return ""

    def _remember(self, sentence: str, keyword: Keyword) -> None:
        rules = self._script.memory.get(keyword.word)
        if not rules:
            return
        # The paper picks by a hash of the last word; any will do that is the same on every machine.
        rule = rules[sum(map(ord, sentence.rpartition(" ")[2])) % len(rules)]
        if found := rule.pattern.fullmatch(sentence.lower()):
            self._memory.append(self._assemble(self._next(rule), _parts(found, sentence)))

    def _reassembly(self, keyword: Keyword, sentence: str) -> tuple[str, list[str]] | None:
        for rule in keyword.rules:
            if found := rule.pattern.fullmatch(sentence.lower()):
                return self._next(rule), _parts(found, sentence)
        return None

    def _assemble(self, answer: str, parts: list[str]) -> str:
        def part(reference: re.Match[str]) -> str:
            index = int(reference[1] or reference[2]) - 1
            words = parts[index].split() if index < len(parts) else []
            return " ".join(self._exchanged(words) if reference[1] else words)

        text = " ".join(_REFERENCE.sub(part, answer).split())
        text = re.sub(r" (?=[?.,!:…”»]|“(?!\w))", "", text)
        return text[:1].upper() + text[1:]

    def _exchanged(self, words: list[str]) -> list[str]:
        """I and you, mine and yours exchanged; the longest phrase first."""
        found: list[str] = []
        index = 0
        while index < len(words):
            for length in (3, 2, 1):
                phrase = tuple(word.lower() for word in words[index : index + length])
                meant = self._script.post.get(phrase if index + length < len(words) else (*phrase, "."))
                meant = meant or self._script.post.get(phrase)
                if meant and len(phrase) == length:
                    found += meant
                    index += length
                    break
            else:
                found.append(words[index])
                index += 1
        return found

    def _next(self, rule: Rule) -> str:
        turn = self._turns[id(rule)]
        self._turns[id(rule)] += 1
        return rule.answers[turn % len(rule.answers)]

    def _from_list(self, name: str) -> str:
        answers = self._script.lists[name]
        turn = self._turns[name]
        self._turns[name] += 1
        return answers[turn % len(answers)]


def _parts(found: re.Match[str], sentence: str) -> list[str]:
    # The pattern matched the lower-case sentence; where both are equally long the words keep their capitals.
    source = sentence if len(sentence) == len(found.string) else found.string
    return [source[start:end].strip() for start, end in (found.span(index) for index in range(1, found.re.groups + 1))]
