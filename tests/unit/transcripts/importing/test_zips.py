"""Zip files that were made to harm: never unpacked further than they may be."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from conversations.models import User
from conversations.transcripts.importing import limits
from conversations.transcripts.importing.archive import opened
from conversations.transcripts.importing.errors import Unreadable
from tests.unit.transcripts.importing.samples import GOOD, only, refused, taken, zipped

MEGABYTE = 1024 * 1024


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


def packed(name: str, *data: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as package, package.open(name, "w") as part:
        for each in data:
            part.write(each)
    return made.getvalue()


def test_a_zip_bomb_is_left_at_its_limit() -> None:
    bomb = packed("conversations.json", b"[", *[b" " * MEGABYTE] * 300)
    read = []
    for _name, stream in opened(BytesIO(bomb), "bomb.zip"):
        with pytest.raises(Unreadable, match=r"conversations\.json: Unpacked it is too large"):
            read += [len(data) for data in iter(lambda stream=stream: stream.read(MEGABYTE), b"")]  # type: ignore[misc]
    assert sum(read) <= MEGABYTE + limits.RATIO * len(bomb) < 300 * MEGABYTE


def test_many_files_of_a_zip_share_one_limit(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.transcripts.importing.archive.UNPACKED", len(GOOD) + 10)
    outcomes = taken(zipped(a__json=GOOD, b__json=GOOD), ada, "two.zip")

    assert [each.outcome for each in outcomes] == ["imported", "skipped"]
    assert "b.json: Unpacked it is too large" in outcomes[1].why


def with_flag(data: bytes) -> bytes:
    """The zip, its first file said to be encrypted."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + b"\x01" + data[at + 9 :]


def with_wrong_sum(data: bytes) -> bytes:
    at = data.index(b"PK\x03\x04") + 60
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


ZIP = zipped(a__json=GOOD)
END = ZIP.index(b"PK\x05\x06")
BRACKETS = zipped((2026, 11, 22, 15, 27, 58), a__json=GOOD)  # the bytes of its time are }{


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped(x__txt="x"), "There is no JSON in the zip file."),
        (zipped(), "it begins with neither { nor ["),
        (zipped(conversations__json=ZIP), "it begins with neither { nor ["),
        (zipped(conversations__json=BRACKETS), "it begins with neither { nor ["),
        (with_flag(ZIP), "It is locked"),
        (with_wrong_sum(ZIP), "The zip file is damaged"),
        (ZIP[: len(ZIP) // 2], "The zip file is damaged"),
        (ZIP[:END] + b"PK\x06\x07" + bytes(16) + ZIP[END:], "There are more than 65,535 files"),
        (ZIP[: END + 12] + b"\xff\xff\xff\x7f" + ZIP[END + 16 :], "There are more than 65,535 files"),
        (b"PK\x03\x04", "The zip file is damaged"),
        (b"PK\x03\x04" + b"PK\x05\x06" * 5, "The zip file is damaged"),
    ],
)
def test_zips_that_are_none(ada: User, data: bytes, why: str) -> None:
    assert why in refused(data, ada, "x.zip")


def test_names_in_a_zip_go_nowhere(ada: User) -> None:
    only(taken(packed("../../etc/conversations.json", GOOD), ada, "x.zip"))
