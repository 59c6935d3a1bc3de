"""Answers are packed so that every reader finds all of them."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import cast

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory

from chatsite.compression import CompressionMiddleware

PIECES = [b"first " * 1000, b"second " * 1000, b"third " * 1000]


async def pieces() -> AsyncIterator[bytes]:
    for piece in PIECES:
        yield piece


def packed(response: HttpResponseBase, accepts: str = "gzip, br") -> HttpResponseBase:
    request = RequestFactory().get("/", headers={"accept-encoding": accepts})
    return CompressionMiddleware(lambda _request: response)(request)  # type: ignore[return-value]


async def body(response: HttpResponseBase) -> list[bytes]:
    return [piece async for piece in cast(AsyncIterator[bytes], response)]


async def test_a_stream_is_one_file_whose_pieces_can_be_read_as_they_come() -> None:
    answer = packed(StreamingHttpResponse(pieces(), headers={"ETag": '"a"'}))
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    read = [reader.decompress(piece) for piece in await body(answer)]
    assert read[:3] == PIECES
    assert (b"".join(read), reader.eof, reader.unused_data) == (b"".join(PIECES), True, b"")
    assert (answer["Content-Encoding"], answer["ETag"], answer["Vary"]) == ("gzip", 'W/"a"', "Accept-Encoding")


async def test_who_does_not_unpack_gets_it_as_it_is() -> None:
    answer = packed(StreamingHttpResponse(pieces()), accepts="identity")
    assert await body(answer) == PIECES
    assert "Content-Encoding" not in answer


async def test_a_stream_that_says_how_it_is_packed_is_left_alone() -> None:
    answer = packed(StreamingHttpResponse(pieces(), headers={"Content-Encoding": "identity"}))
    assert await body(answer) == PIECES


def test_other_answers_are_packed_by_django() -> None:
    answer = packed(HttpResponse(b"word " * 1000))
    assert answer["Content-Encoding"] == "gzip"
