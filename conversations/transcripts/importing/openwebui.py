"""Conversations of Open WebUI's export: `{"chat": {"history": {"messages": {…}, "currentId": …}}}`, or the chat alone.

As its versions 0.3 to 0.6 write it. Thinking stands in the text there, in a `details` element; here it is apart.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.utils.translation import gettext as _

from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.own import check_count, check_title
from conversations.transcripts.importing.trees import Draft, Planted, begun_at, in_order, named
from conversations.transcripts.importing.values import Field

SOURCE = "Open WebUI"
_ROLES = ("user", "assistant", "system")
_THOUGHT_STARTS = '<details type="reasoning"'
_THOUGHT_ENDS = "</details>"
_SUMMARY = re.compile(r"\A[^<>]*>\s*(?:<summary>[^<]*</summary>)?\s*")
_QUOTED = re.compile(r"^> ?", re.MULTILINE)
_TAGGED = re.compile(r"\A\s*<(think|thinking|reason|reasoning)>")
_COUNTS = {"prompt_tokens": "prompt_tokens", "completion_tokens": "reply_tokens", "prompt_eval_count": "prompt_tokens",
           "eval_count": "reply_tokens"}  # fmt: skip


def is_openwebui(value: dict[str, Any]) -> bool:
    """Whether the object looks like one of these."""
    chat = value.get("chat", value)
    return isinstance(chat, dict) and ("history" in chat or ("messages" in chat and "chat" in value))


def read(value: dict[str, Any], owner: int) -> Draft:
    """The conversation, for the owner of that number. Raises Unreadable."""
    outer = Field(value)
    chat = outer["chat"] if "chat" in value else outer
    title = chat["title"] if chat["title"].value else outer["title"]
    check_title(title.text(), title.place)
    place, nodes = _nodes(chat)
    times = {name: node["timestamp"].moment() for name, node in nodes.items()}
    given = outer["created_at"].moment() or chat["timestamp"].moment()
    planted = Planted(SOURCE, begun_at(given, times))
    numbers: dict[str, int] = {}
    for name in in_order({name: _parent(node) for name, node in nodes.items()}, times, place):
        parent = _parent(nodes[name])
        values = _message(nodes[name])
        at = times[name]
        finished = {"finished_at": at} if values["role"] == "assistant" else {}
        above = numbers[parent] if parent else None
        numbers[name] = planted.add(above, values.pop("role"), at, name, **values, **finished)
    chosen = chat["history"]["currentId"]
    if chosen.value is not None and chosen.text() not in numbers:
        raise Unreadable(chosen.place, _("%(parent)s is not there.") % {"parent": chosen.text()[:100]})
    planted.choose(numbers[chosen.text()] if chosen.value else len(numbers) or None)
    name = outer["id"].text() or chat["id"].text()
    prompt = chat["system"].text() or chat["params"]["system"].text()
    transcript = planted.transcript(owner, name, title.text(), outer["updated_at"].moment(), prompt)
    files = sum(sum(1 for _ in node["files"].items()) for node in nodes.values())
    return Draft(transcript, SOURCE, files)


def _nodes(chat: Field) -> tuple[str, dict[str, Field]]:
    """By name, and the place of all. Old files have a list only, in which each follows the one before."""
    told = chat["history"]["messages"]
    if told.value is not None:
        check_count(told.value, told.place)
        found = {name: told[name] for name in told.entries()}
        for name, node in found.items():
            named(node, name)
        return told.place, found
    told = chat["messages"]
    check_count(told.value, told.place)
    found, last = {}, None
    for number, node in enumerate(told.items()):
        name = node["id"].text() or f"{number}"
        if name in found:
            raise Unreadable(node["id"].place, _("It is there twice."))
        found[name] = Field({**node.entries(), "parentId": node["parentId"].value or last}, node.place)
        last = name
    return told.place, found


def _parent(node: Field) -> str | None:
    return node["parentId"].text() or None


def _message(node: Field) -> dict[str, Any]:
    role = node["role"]
    if role.text() not in _ROLES:
        raise Unreadable(role.place, _("This is none of %(known)s.") % {"known": ", ".join(_ROLES)})
    content = _content(node["content"])
    if role.text() != "assistant":
        return {"role": role.text(), "content": content}
    thinking, content = _apart(content)
    told = node["reasoning_content"].value
    thinking = "\n\n".join(filter(None, (told if isinstance(told, str) else "", thinking)))
    values = {"role": "assistant", "content": content, "thinking": thinking, "model": node["model"].text(),
              "metrics": _metrics(node)}  # fmt: skip
    if node["error"].value:
        detail = node["error"].value
        detail = detail.get("content", "") if isinstance(detail, dict) else detail
        told = {"code": "upstream_error", "detail": detail if isinstance(detail, str) else ""}
        return {**values, "state": "failed", "error": told}
    return {**values, "state": "interrupted"} if node["done"].value is False else {**values, "reason": "stop"}


def _content(content: Field) -> str:
    if isinstance(content.value, list):
        return "\n\n".join(filter(None, (part["text"].text() for part in content.items())))
    return content.text()


def _apart(content: str) -> tuple[str, str]:
    """Thinking and text. What is not closed is text."""
    if tagged := _TAGGED.match(content):
        thinking, closing, rest = content[tagged.end() :].partition(f"</{tagged[1]}>")
        if closing:
            return thinking.strip(), rest.lstrip()
    thoughts, kept, rest = [], [], content
    while True:
        before, start, rest = rest.partition(_THOUGHT_STARTS)
        inner, end, after = rest.partition(_THOUGHT_ENDS)
        if not end:
            kept.append(before + start + rest)
            break
        kept.append(before)
        thoughts.append(_QUOTED.sub("", unescape(_SUMMARY.sub("", inner, count=1))).strip())
        rest = after
    return "\n\n".join(filter(None, thoughts)), "".join(kept).lstrip() if thoughts else content


def _metrics(node: Field) -> dict[str, int]:
    """How many tokens it took, when it says so."""
    told: dict[str, Any] = next(
        (node[name].value for name in ("usage", "info") if isinstance(node[name].value, dict)), {}
    )
    counts = ((ours, told.get(theirs)) for theirs, ours in _COUNTS.items())
    return {name: count for name, count in counts if type(count) is int and 0 <= count < 10**9}
