"""What a page shows of a conversation: its messages, as they are read from the server's HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

RUNNING = ("queued", "loading", "streaming")


@dataclass(eq=False, slots=True)
class Article:
    """A message on a page. One without `id` is on its way; `metrics` None says that the text is not to be trusted."""

    id: int | None
    role: str
    state: str
    text: str = ""
    parent: int | None = None
    siblings: list[int] = field(default_factory=list)
    client_id: str = ""
    metrics: dict[str, Any] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it is being written."""
        return self.state in RUNNING


@dataclass(frozen=True, slots=True)
class Fragment:
    """The messages of a page of HTML, and the oldest of them when there are older ones.

    `updated` is when a whole page's conversation was last changed.
    """

    articles: list[Article]
    before: str
    updated: str = ""


def read_articles(html: str) -> Fragment:
    """The messages in a fragment, or in a whole page (whose templates are none)."""
    reader = _Reader()
    reader.feed(html)
    return Fragment(reader.articles, reader.before, reader.updated)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.articles: list[Article] = []
        self.before = self.updated = ""
        self._templates = 0
        self._depth = 0
        """Of open `div`s from the one on that has the text; 0 outside of it."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._templates += tag == "template"
        if self._templates:
            return
        if tag == "article":
            self.articles.append(_article(values))
        elif tag == "div" and (self._depth or (self.articles and values.get("data-slot") == "content")):
            self._depth += 1
        elif tag == "chat-transcript":
            self.updated = values["data-updated"]
        elif tag == "div" and "data-before" in values:
            self.before = values["data-before"]

    def handle_endtag(self, tag: str) -> None:
        self._templates -= tag == "template"
        if tag == "div" and self._depth:
            self._depth -= 1
            self.articles[-1].text = self.articles[-1].text.rstrip("\n")

    def handle_data(self, data: str) -> None:
        if self._depth and not self._templates:
            self.articles[-1].text += data


def _article(values: dict[str, str]) -> Article:
    return Article(
        id=int(values["data-message"]),
        role=values["data-role"],
        state=values["data-state"],
        parent=int(values["data-parent"]) if values["data-parent"] else None,
        siblings=[int(pk) for pk in values["data-siblings"].split(",") if pk],
        client_id=values["data-client-id"],
        metrics=json.loads(values.get("data-metrics", "{}")),
    )
