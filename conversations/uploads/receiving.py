"""Takes in one file: tells by its bytes what it is, has it read, and keeps it until its message is sent.

Whatever has to be decoded (pictures, PDFs) is decoded in a child process with limits on time and memory; here the
bytes are only looked at. What a browser says of a file's type is not believed.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from conversations.models import Attachment, SiteSettings, User
from conversations.models.attachment import Kind, Remark
from conversations.text import clean_line, clean_text, is_blank
from conversations.uploads import storage, texts

log = logging.getLogger(__name__)

NAME_LIMIT = 150
BYTES_PER_TOKEN = 4  # of English text in UTF-8; other scripts take more bytes and more tokens alike
TOKENS_PER_IMAGE = 1600  # at most, and one for each square of 28 pixels: about what vision models make of one
_PATCH = 28
_MEMORY = 1024 * 1024 * 1024
_SECONDS = 20
_PDF_PATIENCE = 12
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"PK\x03\x04": "office",
    b"\xd0\xcf\x11\xe0": "office",
    b"II*\x00": "foreign picture",
    b"MM\x00*": "foreign picture",
    b"8BPS": "foreign picture",
}
_slots = threading.BoundedSemaphore(2)


class Rejected(ValueError):
    """A file that is not taken: a code of `conversations.faults.UPLOADS`, and the values that its words name."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class _Taken:
    """What goes into the row, and the bytes to be kept."""

    facts: dict[str, Any]
    body: bytes
    thumbnail: bytes = b""


def receive(user: User, upload: UploadedFile[bytes]) -> Attachment:
    """The stored attachment, not sent yet. Raises Rejected, and OSError when the disk takes no more.

    Files that come at the same moment may together pass the person's limit once.
    """
    held, limit = Attachment.objects.held_by(user), SiteSettings.load().bytes_per_user
    if held.unsent >= settings.UPLOADS_WAITING:
        raise Rejected("too_many_uploads", count=settings.UPLOADS_WAITING)
    size = upload.size or 0
    if size > settings.UPLOAD_BYTES:
        raise Rejected("file_size", limit=_megabytes(settings.UPLOAD_BYTES), size=_megabytes(size))
    _check_room(limit, held.size, 1, size)  # nothing is decoded that could not be kept
    data = upload.read()
    if not data:
        raise Rejected("file_empty")
    name = clean_name(upload.name or "")
    taken = _READERS[_kind_of(data)](data, name)
    _check_room(limit, held.size, len(taken.body), len(taken.body))
    stored = storage.keep(taken.body, taken.thumbnail)
    return Attachment.objects.create(owner=user, name=name, stored_name=stored, **taken.facts)


def picture_of(data: bytes) -> bytes:
    """A picture as a model is sent it, written anew and kept nowhere. Raises Rejected."""
    if _kind_of(data) != "picture":
        raise Rejected("image_format")
    return _picture(data, "").body


def clean_name(name: str) -> str:
    """The last part of a path as one line without control or direction marks, its ending kept; never empty."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    line = clean_line("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in last), 1000)
    if len(line) > NAME_LIMIT:
        stem, dot, ending = line.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 10 else ""
        line = clean_line(line, NAME_LIMIT - len(ending)) + ending
    return line if line.strip(". ") else "file"


def tokens_of(text: str) -> int:
    """About how many tokens a model makes of `text`."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def _check_room(limit: int | None, used: int, wanted: int, size: int) -> None:
    if limit is not None and used + wanted > limit:
        values = {"used": used, "size": size, "limit": limit}
        raise Rejected("no_room", **{name: _megabytes(value) for name, value in values.items()})


def _kind_of(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "picture"
    if data[4:8] == b"ftyp":
        return "foreign picture" if data[8:12] in (b"heic", b"heix", b"mif1", b"avif", b"msf1") else "text"
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-"):
        return "document"
    if data.startswith(b"BM") and b"\x00" in data[:32]:
        return "foreign picture"
    return next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), "text")


def _picture(data: bytes, name: str) -> _Taken:
    limits = {"pixels": settings.UPLOAD_PIXELS, "side": settings.UPLOAD_SIDE}
    found, parts = _in_child("picture", data, limits, "image_broken")
    width, height = int(found["width"]), int(found["height"])
    facts = {
        "kind": Kind.IMAGE,
        "media_type": found["media_type"],
        "size": len(parts[0]),
        "width": width,
        "height": height,
        "tokens": min(TOKENS_PER_IMAGE, -(-width // _PATCH) * -(-height // _PATCH)),
        "remark": Remark.FIRST_FRAME if found["is_animated"] else Remark.NONE,
    }
    return _Taken(facts, parts[0], parts[1])


def _document(data: bytes, name: str) -> _Taken:
    limits = {
        "pages": settings.UPLOAD_PAGES,
        "characters": settings.UPLOAD_CHARACTERS,
        "patience": _PDF_PATIENCE,
    }
    found, parts = _in_child("document", data, limits, "pdf_broken")
    facts = {
        "kind": Kind.PDF,
        "media_type": "application/pdf",
        "size": len(data),
        "pages": found["pages"],
        "remark": Remark.CUT if found["is_cut"] else Remark.NONE,
    }
    return _Taken(facts | _text_facts(parts[0].decode()), data)


def _text(data: bytes, name: str) -> _Taken:
    text = texts.decode(data)
    if text is None:
        raise Rejected("file_binary")
    if is_blank(clean_text(text)):
        raise Rejected("file_empty")
    if len(text) > settings.UPLOAD_CHARACTERS:
        raise Rejected("text_length", limit=f"{settings.UPLOAD_CHARACTERS:,}", length=f"{len(text):,}")
    facts = {"kind": Kind.TEXT, "media_type": texts.media_type_of(name), "size": len(data)}
    return _Taken(facts | _text_facts(text), data)


def _text_facts(text: str) -> dict[str, Any]:
    text = clean_text(text).replace("\r\n", "\n").replace("\r", "\n")
    return {"text": text, "tokens": tokens_of(text)}


def _foreign(data: bytes, name: str) -> _Taken:
    raise Rejected("image_format")


def _office(data: bytes, name: str) -> _Taken:
    raise Rejected("file_office")


def _in_child(reader: str, data: bytes, limits: dict[str, Any], broken: str) -> tuple[dict[str, Any], list[bytes]]:
    """What the reader found. Raises Rejected, `busy_reading` when too many others are being read."""
    if not _slots.acquire(timeout=_SECONDS):
        raise Rejected("busy_reading")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "conversations.uploads.child", reader, json.dumps(_bounded(limits))],
            input=data,
            capture_output=True,
            cwd=settings.BASE_DIR,
            env={"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=_SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Rejected("file_heavy") from None
    finally:
        _slots.release()
    if done.returncode:
        kind = done.stderr.rstrip().rpartition(b"\n")[2].partition(b":")[0]  # the words may be the file's
        log.info("%s: status %s, %s", reader, done.returncode, kind[:80].decode(errors="replace"))
        raise Rejected("file_heavy" if done.returncode < 0 or b"MemoryError" in done.stderr else broken)
    return _answer(done.stdout)


def _bounded(limits: dict[str, Any]) -> dict[str, Any]:
    return {**limits, "memory": _MEMORY, "seconds": _SECONDS}


def _answer(output: bytes) -> tuple[dict[str, Any], list[bytes]]:
    line, _, rest = output.partition(b"\n")
    found = json.loads(line)
    if code := found.pop("error", ""):
        values = {name: value for name, value in found.items() if name != "parts"}
        raise Rejected(code, **values, **({"limit": settings.UPLOAD_PIXELS // 1_000_000} if "width" in values else {}))
    parts = []
    for length in found["parts"]:
        parts.append(rest[:length])
        rest = rest[length:]
    return found, parts


def _megabytes(size: int) -> str:
    value = size / (1024 * 1024)
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


_READERS = {
    "picture": _picture,
    "document": _document,
    "text": _text,
    "foreign picture": _foreign,
    "office": _office,
}
