"""Reads a script: the data that makes the algorithm of `dialogue` speak a language.

A script is plain text in three depths of indentation: a section, then its entries, then what an entry answers.

    key remember 5 = recall          a keyword, its rank, other words for it
      * i remember *                 decomposition: `*` any words, `@family` one of a group, `[a b]` one of these
        Do you often think of (4)?   reassembly: `(4)` the fourth part with I and you exchanged, `{4}` as it was said
        =what                        or: go on with another keyword; `newkey`: with the next one found
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Rule:
    """A decomposition, and the reassemblies that take turns."""

    pattern: re.Pattern[str]
    answers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Keyword:
    """A word to react to; of several in a sentence the highest rank is served first."""

    word: str
    rank: int = 0
    rules: list[Rule] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """Everything a language needs."""

    keywords: dict[str, Keyword] = field(default_factory=dict)
    memory: dict[str, list[Rule]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    pre: dict[str, list[str]] = field(default_factory=dict)
    post: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    joints: set[str] = field(default_factory=set)
    common: set[str] = field(default_factory=set)


def read_script(path: Path) -> Script:
    """The script in that file. Raises ValueError naming the line that is wrong."""
    script = Script()
    section, words, rules = "", [""], list[Rule]()
    for number, depth, text in _lines(path.read_text("utf-8")):
        if depth == 0:
            section, *words = text.split()
            rules = _begin(script, section, words)
        elif depth == 1 and section in ("pre", "post"):
            said, _, meant = text.partition(" = ")
            if section == "pre":
                script.pre[said] = meant.split()
            else:
                script.post[tuple(said.split())] = meant.split()
        elif depth == 1 and section in ("key", "memory"):
            rules.append(Rule(_pattern(text, script.groups)))
        elif depth == 1 and section == "common":
            script.common.update(text.split())
        elif depth == 1:
            script.lists.setdefault(section, []).append(text)
        elif depth == 2 and rules:
            rules[-1].answers.append(text)
        else:
            raise ValueError(f"{path.name}:{number}: {text}")
    script.common.update(script.keywords, script.joints, *script.groups.values())
    return script


def _begin(script: Script, section: str, words: list[str]) -> list[Rule]:
    match section:
        case "group":
            script.groups[words[0]] = words[2:]
        case "joint":
            script.joints.update(words)
        case "memory":
            return script.memory.setdefault(words[0], [])
        case "key":
            keyword = Keyword(words[0], int(words[1]) if len(words) > 1 else 0)
            for word in (keyword.word, *words[3:]):
                script.keywords[word] = keyword
            return keyword.rules
    return []


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, (len(line) - len(line.lstrip())) // 2, line.strip()


def _pattern(text: str, groups: dict[str, list[str]]) -> re.Pattern[str]:
    # Over " word word …": every part starts with its space, so a part is whole words, and `*` takes as few as it can.
    parts = []
    for part in re.findall(r"\[[^\]]+\]|\S+", text):
        if part == "*":
            parts.append(r"((?: \S+)*?)")
        else:
            words = groups[part[1:]] if part.startswith("@") else part.strip("[]").split()
            parts.append(f"( (?:{'|'.join(map(re.escape, words))}))")
    return re.compile("".join(parts))
