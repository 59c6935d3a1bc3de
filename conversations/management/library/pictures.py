"""Files of this machine as pictures and attachments: read through the same checks as what a browser sends up."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import CommandError

from conversations.faults import UPLOADS
from conversations.management.machine import USAGE
from conversations.models import Attachment, User
from conversations.uploads.receiving import Rejected, picture_of, receive

_START = r"(?:~|\.{1,2})?/"
_ENDING = r"\.(?:png|jpe?g|webp)"
# As a person types a path, or as a terminal writes one that is dropped into it: quoted, or with escaped spaces.
_PATHS = re.compile(
    rf"""(?<!\S)(?:(?P<mark>['"])(?P<quoted>{_START}[^'"\n]+?{_ENDING})(?P=mark)"""
    rf"""|(?P<bare>{_START}(?:\\.|[^\s\\'"])+?{_ENDING}))(?!\S)""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A text without the paths of pictures, and the pictures."""

    text: str
    paths: list[Path]


def find_pictures(text: str) -> Found:
    """The pictures that `text` names by their path and that exist."""
    found: list[Path] = []

    def take(match: re.Match[str]) -> str:
        written = match["quoted"] or re.sub(r"\\(.)", r"\1", match["bare"])
        path = Path(written).expanduser()
        if not path.is_file():
            return match[0]
        found.append(path)
        return ""

    rest = _PATHS.sub(take, text)
    return Found(rest.strip() if found else text, found)


def picture(path: str) -> str:
    """A picture as a model is sent it, in base64. Raises CommandError."""
    try:
        return base64.b64encode(picture_of(_read(Path(path).expanduser()))).decode()
    except Rejected as rejected:
        raise CommandError(f"{path}: {words_of(rejected)}", returncode=USAGE) from rejected


def attach(user: User, path: Path) -> Attachment:
    """The file, to be sent with the next question. Raises Rejected, CommandError when it cannot be read."""
    return receive(user, SimpleUploadedFile(path.name, _read(path)))


def words_of(rejected: Rejected) -> str:
    """Why a file is not taken, and what to do."""
    words = UPLOADS[rejected.code]
    return f"{str(words.text) % rejected.values} {words.advice}"


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > settings.UPLOAD_BYTES:
            limit, size = (f"{count / (1024 * 1024):.3g}" for count in (settings.UPLOAD_BYTES, path.stat().st_size))
            raise Rejected("file_size", limit=limit, size=size)
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}.", returncode=USAGE) from error
