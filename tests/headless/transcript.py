"""The messages of a page and what each event makes of them: `transcript.js`, `path.js` and `replies/*.js` once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.headless.articles import RUNNING, Article, Fragment

Event = dict[str, Any]


@dataclass(eq=False, slots=True)
class Writing:
    """A reply while it is written (`Reply` in `reply.js`): what has come of its text, by offsets."""

    article: Article
    text: str = ""
    is_ours: bool = False
    is_awaiting: bool = False
    is_stopping: bool = False


class Transcript:
    """`send` says something to the server, `refresh` fetches the chosen path again; `is_waiting` knows the outbox."""

    def __init__(
        self, send: Callable[..., object], refresh: Callable[[], object], is_waiting: Callable[[str], bool]
    ) -> None:
        self._send = send
        self._is_waiting = is_waiting
        self._refresh = refresh
        self._writings: dict[int, Writing] = {}
        self.articles: list[Article] = []
        self.before = ""

    @property
    def leaf(self) -> int | None:
        """The last stored message shown."""
        return next((article.id for article in reversed(self.articles) if article.id), None)

    @property
    def running(self) -> Article | None:
        """The reply that is being written."""
        return next((article for article in reversed(self.articles) if article.is_running), None)

    def find(self, pk: int | None) -> Article | None:
        """The message of that number, where it is shown."""
        return next((article for article in self.articles if article.id == pk and pk), None)

    def show(self, found: Fragment) -> None:
        """A page has loaded: nothing of the one before is left."""
        self._writings.clear()
        self.articles, self.before = found.articles, found.before

    def say(self, client_id: str, text: str) -> None:
        """Show what was sent before the server has it."""
        if self._pending(client_id) is None:
            self.articles.append(Article(None, "user", "sending", text, client_id=client_id))

    def take_back(self, client_id: str) -> None:
        """What was not sent is not shown any more."""
        self.articles = [each for each in self.articles if each.id or each.client_id != client_id]

    def stop(self, pk: int) -> int | None:
        """Show nothing more of a reply; how much of it is shown."""
        writing = self._writings.get(pk)
        if writing:
            writing.is_stopping = True
        return len(writing.text) if writing else None

    def compare(self, offsets: dict[str, int]) -> None:
        """The heartbeat says how far each reply is: ask for what never came."""
        for pk, offset in offsets.items():
            writing = self._writings.get(int(pk))
            if writing and not writing.is_stopping and not writing.is_awaiting and offset > len(writing.text):
                self._miss(writing)

    def opened(self, event: Event, *, is_back: bool) -> None:
        """What the server has, compared with what is shown."""
        written = {text["reply"] for text in event["running"]}
        is_stale = (
            is_back
            or event["leaf"] != self.leaf
            or any(article.is_running and article.id not in written for article in self.articles)
            or any(text["reply"] == event["leaf"] and not self.find(text["reply"]) for text in event["running"])
        )
        for text in event["running"]:
            self.take(text)
        self.articles = [each for each in self.articles if each.id or self._is_waiting(each.client_id)]
        if is_stale:
            self._refresh()

    def asked(self, event: Event) -> None:
        """Something is stored: it is put below its parent, in place of what was there."""
        views = event["messages"]
        is_known = all(self.find(view["id"]) for view in views)
        parent = self.find(event["parent"])
        is_again = any(view["role"] == "assistant" and view["state"] == "complete" for view in views)
        is_above = parent is None and (event["parent"] is not None or bool(self.before))
        pending = self._pending(event["client_id"])
        if is_known or is_again or is_above:
            if pending:
                self.articles.remove(pending)
            if not is_known:
                self._refresh()
            return
        place = self.articles.index(parent) + 1 if parent else 0
        self.articles = [*self.articles[:place], *(each for each in self.articles[place:] if each is pending)]
        self._forget_gone()
        for view in views:
            self._place(view, pending)

    def take(self, event: Event) -> None:
        """Something of a reply."""
        article = self.find(event["reply"])
        if article is None:
            return
        if event["type"] == "reply.finished":
            self._finished(article, event)
            return
        is_text = event["type"] == "reply.text"
        is_started = event["type"] == "reply.restarted" or (is_text and event["state"] in RUNNING)
        if not article.is_running and not is_started:
            return
        writing = self._of(article)
        if event["type"] == "reply.phase":
            article.state = {"queued": "queued", "loading": "loading"}.get(event["phase"], "streaming")
        elif event["type"] == "reply.delta":
            self._delta(writing, event)
        elif event["type"] == "reply.restarted":
            self._miss(writing)
        else:
            self._text(writing, event)
            if event["state"] not in RUNNING:
                self._refresh()

    def swap(self, found: Fragment) -> None:
        """Another path: its messages replace everything from its first one on."""
        fresh = found.articles
        shown = [article.id for article in self.articles]
        start = shown.index(fresh[0].id) if fresh and fresh[0].id in shown else -1
        old = self.articles[max(0, start) :]
        kept = {article.id: article for article in old if article.id}
        stored = {article.client_id for article in fresh if article.client_id}
        unsent = [article for article in old if not article.id and article.client_id not in stored]
        left = [article for article in unsent if self._is_waiting(article.client_id)]
        above = self.articles[:start] if start >= 0 else []
        self.articles = [*above, *(self._settled(article, kept.get(article.id or 0)) for article in fresh), *left]
        if start <= 0:
            self.before = found.before
        self._forget_gone()
        for article in fresh:
            if article.is_running and self.find(article.id) is article:
                self._send(type="resume", reply=article.id, content_at=0, thinking_at=0)

    def _settled(self, article: Article, old: Article | None) -> Article:
        """The old one stays where it shows the same, or is being written."""
        if old is None:
            return article
        is_same = not article.is_running and (old.state, old.siblings, old.metrics) == (
            article.state,
            article.siblings,
            article.metrics,
        )
        writing = self._writings.get(old.id or 0)
        is_written = article.is_running and old.is_running and writing is not None and writing.article is old
        return old if is_same or is_written else article

    def _place(self, view: Event, pending: Article | None) -> None:
        article = pending if pending and view["role"] == "user" else Article(None, view["role"], "", view["content"])
        article.id, article.state, article.siblings = view["id"], view["state"], view["siblings"]
        article.parent, article.client_id = view["parent"], view["client_id"] or ""
        article.metrics = {}
        if article is not pending:
            self.articles.append(article)

    def _pending(self, client_id: str) -> Article | None:
        return next((each for each in self.articles if not each.id and each.client_id == client_id), None)

    def _of(self, article: Article) -> Writing:
        assert article.id
        known = self._writings.get(article.id)
        if known is None or known.article is not article:
            known = self._writings[article.id] = Writing(article)
            article.state = article.state if article.is_running else "queued"
        return known

    def _forget_gone(self) -> None:
        self._writings = {pk: each for pk, each in self._writings.items() if each.article in self.articles}

    def _delta(self, writing: Writing, event: Event) -> None:
        if writing.is_stopping or writing.is_awaiting or event["part"] != "content":
            return
        if event["at"] > len(writing.text):
            self._miss(writing)
        else:
            self._write(writing, event["text"][len(writing.text) - event["at"] :])

    def _text(self, writing: Writing, event: Event) -> None:
        writing.is_awaiting = False
        content, at = event["content"], event["content_at"]
        if at == 0 and not (self._is_ours(writing) and content.startswith(writing.text)):
            writing.text = writing.article.text = ""
            writing.is_ours = False
        if at > len(writing.text):
            self._send(type="resume", reply=event["reply"], content_at=0, thinking_at=0)
            return
        self._write(writing, content[len(writing.text) - at :])
        if event["phase"]:
            phase = {"queued": "queued", "loading": "loading"}
            writing.article.state = phase.get(event["phase"], "streaming")

    @staticmethod
    def _is_ours(writing: Writing) -> bool:
        return writing.is_ours or not writing.article.text

    @staticmethod
    def _write(writing: Writing, text: str) -> None:
        if text:
            writing.is_ours = True
            writing.text += text
            writing.article.text += text

    def _miss(self, writing: Writing) -> None:
        writing.is_awaiting = True
        self._send(type="resume", reply=writing.article.id, content_at=len(writing.text), thinking_at=0)

    def _finished(self, article: Article, event: Event) -> None:
        writing = self._writings.pop(event["reply"], None)
        is_whole = writing is not None and not writing.is_awaiting and len(writing.text) == event["content_length"]
        article.state, article.metrics = event["state"], event["metrics"]
        if not is_whole:
            article.metrics = None
            self._refresh()
