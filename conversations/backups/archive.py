"""A backup's file: a tar of small members, written and read in one pass, so that its size has no say in memory.

backup.json                       when it was made, by what, and the database's last migrations
files/uploads/ab/<name>           uploaded files as they lie in the data folder
files/secret_key, …/signing_key   the keys, unless they were left out
tables/<name>/000001.jsonl.gz     the rows of a table, one a line (see `rows`)
manifest.json                     what each table and the files add up to: a backup without it is not whole
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from conversations.backups.errors import Damaged
from conversations.backups.rows import Sum, line_of

FORMAT = 1
BEGIN, MANIFEST = "backup.json", "manifest.json"
_PART_BYTES = 4 * 1024 * 1024
_LARGEST_PART = 256 * 1024 * 1024  # of one member once it is unpacked: a row is never cut
_TABLE = re.compile(r"tables/(\w+)/\d{6}\.jsonl\.gz")
_FILE = re.compile(r"files/(uploads/[0-9a-f]{2}/[0-9a-f]{32}(?:\.small)?|secret_key|signing_key)")


class Writer:
    """Adds one thing after the other, and knows what they add up to."""

    def __init__(self, file: IO[bytes], begin: dict[str, Any]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - `finish` ends it
        self._begin, self._now = {"format": FORMAT, **begin}, int(time.time())
        self._tables: dict[str, tuple[list[str], Sum]] = {}
        self._files, self._bytes = Sum(), 0
        self._add(BEGIN, _json(self._begin))

    def add_table(self, name: str, columns: list[str], rows: Iterator[list[Any]]) -> None:
        """All rows of a table; none is kept in memory for long."""
        total = Sum()
        self._tables[name] = columns, total
        lines, size, part = [], 0, 0
        for row in rows:
            line = line_of(row)
            total.add(line)
            lines.append(line)
            size += len(line)
            if size >= _PART_BYTES:
                part += 1
                self._add_part(name, part, lines)
                lines, size = [], 0
        if lines:
            self._add_part(name, part + 1, lines)

    def add_file(self, name: str, path: Path) -> None:
        """A file below its `name` in the data folder; nothing when it has been deleted meanwhile."""
        try:
            file = _Hashing(path)
        except FileNotFoundError:
            return
        with file:
            self._add_member(f"files/{name}", file.size, file)
        self._files.add(_file_line(name, file.size, file.digest))
        self._bytes += file.size

    def finish(self, last: dict[str, int]) -> dict[str, Any]:
        """Write the manifest with the `last` numbers of the tables, and return it."""
        manifest = {
            **self._begin,
            "tables": {
                name: {"columns": columns, **total.as_value()} for name, (columns, total) in self._tables.items()
            },
            "last_numbers": last,
            "files": {**self._files.as_value(), "bytes": self._bytes},
        }
        self._add(MANIFEST, _json(manifest))
        self._tar.close()
        return manifest

    def _add_part(self, table: str, number: int, lines: list[bytes]) -> None:
        packed = gzip.compress(b"\n".join(lines) + b"\n", 3, mtime=0)
        self._add(f"tables/{table}/{number:06}.jsonl.gz", packed)

    def _add(self, name: str, data: bytes) -> None:
        self._add_member(name, len(data), io.BytesIO(data))

    def _add_member(self, name: str, size: int, content: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self._now
        self._tar.addfile(info, content)
        _forget(self._tar)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table, as lines."""

    table: str
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class File:
    """A file by its name in the data folder; read it before the next one is asked for."""

    name: str
    size: int
    content: IO[bytes]


@dataclass(frozen=True, slots=True)
class Note:
    """What stands at the beginning, or (`is_last`) at the end."""

    value: dict[str, Any]
    is_last: bool


def members(path: Path) -> Iterator[Note | Part | File]:
    """What is in it, in its order. Raises Damaged for what no backup holds, OSError when it cannot be read."""
    with _as_damage(), tarfile.open(path, "r:") as tar:
        while (info := tar.next()) is not None:
            _forget(tar)
            content = tar.extractfile(info) if info.isfile() else None
            if content is None:
                raise Damaged(f"{info.name[:80]!r} is no file.")
            if info.name in (BEGIN, MANIFEST):
                yield Note(_read_json(content.read(_LARGEST_PART)), info.name == MANIFEST)
            elif found := _TABLE.fullmatch(info.name):
                yield Part(found[1], _lines(content))
            elif found := _FILE.fullmatch(info.name):
                yield File(found[1], info.size, content)
            else:
                raise Damaged(f"{info.name[:80]!r} belongs to no backup.")


def check(path: Path) -> dict[str, Any]:
    """Read all of it; the manifest, if everything is as it says. Raises Damaged, or OSError."""
    tables: dict[str, Sum] = {}
    files, manifest = Sum(), None
    for member in members(path):
        match member:
            case Part(table, lines):
                total = tables.setdefault(table, Sum())
                for line in lines:
                    total.add(line)
            case File(name, size, content):
                with _as_damage():
                    files.add(_file_line(name, size, _digest(content)))
            case Note(value, is_last):
                if value.get("format") != FORMAT:
                    raise Damaged(f"Its format is {value.get('format')!r}; this Chatsite reads {FORMAT}.")
                manifest = value if is_last else None
    if manifest is None:
        raise Damaged("It ends too early: the manifest is missing.")
    _compare(manifest, tables, files)
    return manifest


def begin_of(path: Path) -> dict[str, Any]:
    """What stands at its beginning. Raises Damaged, or OSError."""
    first = next(members(path), None)
    if not isinstance(first, Note):
        raise Damaged("It does not begin like a backup.")
    return first.value


def _compare(manifest: dict[str, Any], tables: dict[str, Sum], files: Sum) -> None:
    for name, told in manifest["tables"].items():
        if not tables.pop(name, Sum()).is_as(told):
            raise Damaged(f"The rows of {name} are not those that were written.")
    if tables:
        raise Damaged(f"There are rows of {', '.join(sorted(tables))} that the manifest does not name.")
    if not files.is_as(manifest["files"]):
        raise Damaged("The files are not those that were written.")


@contextmanager
def _as_damage() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Damaged(f"It cannot be read to its end: {error}.") from error


def _lines(content: IO[bytes]) -> list[bytes]:
    with gzip.GzipFile(fileobj=content) as packed:
        text = packed.read(_LARGEST_PART)
    return text.splitlines()


def _read_json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise Damaged(f"Its description cannot be read: {error}.") from error
    if not isinstance(value, dict):
        raise Damaged("Its description cannot be read.")
    return value


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _forget(tar: Any) -> None:
    """It keeps the head of each member otherwise."""
    tar.members.clear()


def is_kept(name: str) -> bool:
    """Whether a file of that name in the data folder belongs into a backup."""
    return bool(_FILE.fullmatch(f"files/{name}"))


def _file_line(name: str, size: int, digest: str) -> bytes:
    return line_of([name, size, digest])


def _digest(content: IO[bytes]) -> str:
    found = sha256()
    while piece := content.read(1 << 18):
        found.update(piece)
    return found.hexdigest()


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 - closed by `__exit__`
        self.size = path.stat().st_size
        self._hash = sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def __enter__(self) -> _Hashing:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()
