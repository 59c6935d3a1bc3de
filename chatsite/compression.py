"""Compression of answers: Django's, but for streams that are made asynchronously.

Django packs each piece of those as a file of its own, one behind the other. That is allowed (RFC 1952, 2.2), but
programs that read only the first (httpx does) took a long transcript for one that ends after 64 kB.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from gzip import GzipFile
from typing import cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.text import StreamingBuffer


class CompressionMiddleware(GZipMiddleware):
    """Packs what the other side accepts packed."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, packed or as it was."""
        if not (isinstance(response, StreamingHttpResponse) and response.is_async):
            return super().process_response(request, response)
        pieces, is_packed = cast(AsyncIterator[bytes], response.streaming_content), "Content-Encoding" in response
        answer = super().process_response(request, response)
        if not is_packed and "Content-Encoding" in answer:
            response.streaming_content = _packed(pieces)
        return answer


async def _packed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """One gzip file, of which each piece leaves as soon as it is there."""
    buffer = StreamingBuffer()
    with GzipFile(mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as packed:
        async for piece in pieces:
            packed.write(piece)
            packed.flush()
            yield buffer.read()
    yield buffer.read()
