"""The text of a PDF, page by page. Only `conversations.uploads.child` loads this."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from conversations.uploads.answers import Read, Unreadable


def read(data: bytes, limits: dict[str, Any]) -> Read:
    """The text, each page under its number. `limits`: `pages`, `characters`, and `patience` in seconds, after which
    what has been read is all.

    Raises Unreadable (`pdf_broken`, `pdf_locked`, `pdf_empty`).
    """
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("pdf_locked")
        count = len(reader.pages)
        texts = list(_pages(reader, min(count, limits["pages"]), limits))
    except PyPdfError as error:
        raise Unreadable("pdf_broken") from error
    text = "\n\n".join(f"[Page {number}]\n{text}" for number, text in enumerate(texts, 1) if text)
    if not text:
        raise Unreadable("pdf_empty", pages=count)
    is_cut = len(texts) < count or len(text) > limits["characters"]
    return Read({"pages": count, "is_cut": is_cut}, [text[: limits["characters"]].encode("utf-8", "replace")])


def _pages(reader: PdfReader, count: int, limits: dict[str, Any]) -> Iterator[str]:
    until, length = time.monotonic() + limits["patience"], 0
    for number in range(count):
        if time.monotonic() > until or length > limits["characters"]:
            return
        text = reader.pages[number].extract_text().strip()
        length += len(text)
        yield text
