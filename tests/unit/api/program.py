"""A program that asks the REST API, through the whole application."""

from __future__ import annotations

from json import dumps, loads
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from conversations.models import ApiToken, Conversation, User
from conversations.models.token import Scope

LIST = "/api/v1/conversations"
ENDINGS = ("json", "md", "html", "docx", "txt", "csv", "jsonl")


class Answer:
    """What came back, read to its end."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def value(self) -> Any:
        return loads(self.body)


def fetch(client: AsyncClient, path: str, method: str = "GET", json: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    media_type = named.pop("Content-Type", "application/json")
    sent = b"" if json is None else dumps(json).encode()

    async def ask() -> Answer:
        answer = await client.generic(method, path, sent, media_type, headers=named)
        if isinstance(answer, StreamingHttpResponse) and not answer.is_async:
            body = b"".join(answer)  # of HEAD: Django's test client takes the pieces away, as servers do, for a list
        elif isinstance(answer, StreamingHttpResponse):
            body = b"".join([part async for part in answer])
        else:
            body = answer.content
        return Answer(answer.status_code, dict(answer.headers), body)

    return async_to_sync(ask)()


def signed_in(user: User) -> AsyncClient:
    client = AsyncClient()
    client.force_login(user)
    return client


def key(user: User, *scopes: str, **values: Any) -> str:
    """The header of a new token, for everything unless scopes are named."""
    token, secret = ApiToken.issue(user, "test", scopes or tuple(Scope))
    ApiToken.objects.filter(pk=token.pk).update(**values) if values else None
    return f"Bearer {secret}"


def paths(conversation: Conversation | UUID) -> list[str]:
    number = conversation.pk if isinstance(conversation, Conversation) else conversation
    return [f"{LIST}/{number}/transcript.{ending}" for ending in ENDINGS]
