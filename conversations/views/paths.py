"""A page of the chosen path: the articles that the transcript shows, newest page first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from conversations.models import Conversation, Message
from conversations.models.message import siblings_of
from conversations.review.ratings import thumbs_of
from conversations.uploads.showing import with_files

PAGE = 40


@dataclass(frozen=True, slots=True)
class Article:
    """A message, the numbers of all that stand at its place, and its owner's thumb (`up`, `down` or empty)."""

    message: Message
    siblings: list[int]
    thumb: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`before` is the oldest message shown when there are older ones, `leaf` the end of the whole path."""

    articles: list[Article]
    before: int | None
    leaf: int | None

    @property
    def is_empty(self) -> bool:
        """Nothing was said yet."""
        return not self.articles


def page_of(conversation: Conversation, before: int | None = None) -> Page:
    """The last messages of the chosen path, or those above the message `before`. Raises Http404 for an unknown one."""
    end = conversation.leaf_id
    if before is not None:
        above = conversation.messages.filter(pk=before).values_list("parent_id", flat=True)[:1]
        if not above:
            raise Http404
        end = above[0]
    walked = list(islice(conversation.walk(end), PAGE + 1))
    shown = walked[:PAGE][::-1]
    with_files(shown)
    siblings = siblings_of(shown)
    thumbs = thumbs_of(conversation.owner_id, shown)
    articles = [Article(message, siblings[message.pk], thumbs.get(message.pk, "")) for message in shown]
    return Page(articles, shown[0].pk if len(walked) > PAGE else None, conversation.leaf_id)


def show_path(request: HttpRequest, conversation: Conversation, before: int | None = None) -> HttpResponse:
    """The page as a fragment."""
    return render(request, "chat/_path.html", {"conversation": conversation, "page": page_of(conversation, before)})
