"""Transcripts as they are fetched: file names, languages, and what has not changed."""

from __future__ import annotations

import re

import pytest
from django.test import AsyncClient

from conversations.models import Conversation, Message, User
from conversations.transcripts import FORMATS
from tests.unit.api.program import ENDINGS, LIST, fetch, paths, signed_in


def test_json_is_a_file_with_the_whole_conversation(alice: User, trains: Conversation) -> None:
    answer = fetch(signed_in(alice), paths(trains)[0])

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''Trains%20to%20K%C3%B6ln.json"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert [one["content"] for one in answer.value["messages"]] == ["When?", "At *noon*."]


def test_markdown_is_a_file_in_the_readers_language(alice: User, trains: Conversation) -> None:
    answer = fetch(signed_in(alice), paths(trains)[1])

    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "At *noon*." in answer.body.decode()
    assert {"Cookie", "Authorization", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.parametrize("which", range(7), ids=ENDINGS)
def test_what_has_not_changed_is_not_sent_again(alice: User, trains: Conversation, which: int) -> None:
    client, path = signed_in(alice), paths(trains)[which]
    first = fetch(client, path)

    again = fetch(client, path, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    trains.rename("Buses")
    changed = fetch(client, path, If_None_Match=first.headers["ETag"])
    assert (changed.status, changed.body == first.body) == (200, path.endswith("jsonl"))


def test_charlie_cannot_find_out_by_an_etag(alice: User, charlie: User, trains: Conversation) -> None:
    for path in paths(trains):
        etag = fetch(signed_in(alice), path).headers["ETag"]
        assert fetch(signed_in(charlie), path, If_None_Match=etag).status == 404
        assert fetch(AsyncClient(), path, If_None_Match=etag).status == 401


def test_a_transcript_with_a_running_reply_has_no_etag(alice: User, trains: Conversation) -> None:
    Message.objects.create(conversation=trains, role="assistant", state="streaming")

    assert "ETag" not in fetch(signed_in(alice), paths(trains)[0]).headers


def test_nobodys_address_is_in_a_transcript(alice: User, trains: Conversation) -> None:
    assert all(b"alice" not in fetch(signed_in(alice), path).body for path in paths(trains))


def test_the_page_offers_every_format_by_its_address(alice: User, trains: Conversation) -> None:
    page = fetch(signed_in(alice), f"/c/{trains.pk}/").body.decode()
    offered = re.findall(r'role="menuitem" href="([^"]+)" download', page)

    assert sorted(offered) == sorted(paths(trains))
    assert set(FORMATS) == set(ENDINGS)


def test_every_format_says_what_it_is_and_how_it_is_called(alice: User, trains: Conversation) -> None:
    for path, ending in zip(paths(trains), ENDINGS, strict=True):
        answer = fetch(signed_in(alice), path)
        assert answer.headers["Content-Type"] == FORMATS[ending].media_type
        assert answer.headers["Content-Disposition"].endswith(f"Trains%20to%20K%C3%B6ln.{ending}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_all_paths_are_for_lines_only(alice: User, trains: Conversation) -> None:
    Message.objects.create(conversation=trains, role="assistant", content="At one.", parent=trains.messages.first())
    lines, table = (
        fetch(signed_in(alice), f"{LIST}/{trains.pk}/transcript.{name}?paths=all") for name in ("jsonl", "csv")
    )

    assert (lines.status, lines.body.count(b"\n")) == (200, 2)
    assert (table.status, table.value["errors"][0]["field"]) == (422, "paths")
