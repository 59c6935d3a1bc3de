"""What is taken in, what is refused and in which words, and what of a file is kept."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from conversations.models import Attachment, User
from conversations.uploads import storage
from conversations.uploads.cleaning import purge
from conversations.uploads.receiving import clean_name
from tests.unit.uploads.samples import SECRET, animation, bomb, pdf, person, photo, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def send(client: Client, data: bytes, name: str = "file", status: int = 201) -> Any:
    """The answer to an upload."""
    answered = client.post("/attachments/", {"file": SimpleUploadedFile(name, data)})
    assert answered.status_code == status, answered.content
    return answered.json()


def kept(view: Any, ending: str = "") -> bytes:
    return storage.path_of(Attachment.objects.get(pk=view["id"]).stored_name, ending).read_bytes()


# Pictures


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/jpeg"), ("GIF", "image/png")],
)
def test_a_picture_is_kept_with_its_size_and_a_thumbnail(client: Client, ada: User, kind: str, media_type: str) -> None:
    view = send(client, picture(900, 300, kind=kind), "pump.bin")
    assert (view["kind"], view["media_type"], view["width"], view["height"]) == ("image", media_type, 900, 300)
    assert view["size"] == len(kept(view))
    assert Image.open(io.BytesIO(kept(view))).size == (900, 300)
    assert Image.open(io.BytesIO(kept(view, storage.SMALL))).size == (512, 171)


def test_a_photo_is_turned_upright_and_loses_everything_but_its_pixels(client: Client, ada: User) -> None:
    assert SECRET in photo()
    view = send(client, photo(40, 20), "holiday.jpg")
    assert (view["width"], view["height"]) == (20, 40)
    for ending in ("", storage.SMALL):
        assert SECRET not in kept(view, ending)
        assert b"Exif" not in kept(view, ending)
        assert b"<script>" not in kept(view, ending)


def test_a_large_picture_is_made_smaller(client: Client, ada: User) -> None:
    view = send(client, picture(4000, 1000, kind="JPEG"), "wide.jpg")
    assert (view["width"], view["height"]) == (2048, 512)


def test_the_first_picture_of_an_animation_is_taken(client: Client, ada: User) -> None:
    view = send(client, animation(), "moving.gif")
    assert view["remark"] == "first_frame"
    assert Image.open(io.BytesIO(kept(view))).convert("RGB").getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_pixels_is_read(client: Client, ada: User, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert send(client, out.getvalue())["width"] == 8


def test_a_header_that_promises_too_many_pixels_is_refused_without_decoding(client: Client, ada: User) -> None:
    refused = send(client, bomb(), "bomb.png", 422)
    assert refused["code"] == "image_pixels"
    assert "60000 × 60000" in refused["title"]
    assert "50 million" in refused["title"]
    limits = json.dumps({"pixels": 1000, "side": 100, "memory": 200_000_000, "seconds": 5})
    code = "import sys; from PIL import ImageFile; ImageFile.ImageFile.load = None; import runpy;"
    code += (
        "sys.argv[1:] = ['picture', sys.argv[1]]; runpy.run_module('conversations.uploads.child', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code, limits], input=bomb(), capture_output=True, check=True)
    assert json.loads(done.stdout)["error"] == "image_pixels"


@pytest.mark.parametrize("data", [picture()[:60], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 nothing", b"GIF89a"])
def test_a_damaged_picture_is_refused(client: Client, ada: User, data: bytes) -> None:
    assert send(client, data, "a.png", 422)["code"] == "image_broken"
    assert not Attachment.objects.exists()


def test_a_picture_format_that_is_not_read_is_named(client: Client, ada: User) -> None:
    for data in (picture(kind="BMP"), picture(kind="TIFF"), b"\0\0\0\x18ftypheic" + b"\0" * 100):
        assert send(client, data, "a.png", 422)["code"] == "image_format"


def test_a_page_that_calls_itself_a_picture_is_text(client: Client, ada: User) -> None:
    view = send(client, b"<script>alert(1)</script>", "cat.png")
    assert view["kind"] == "text"
    answered = client.get(f"/attachments/{view['id']}/file/")
    assert answered["Content-Type"] == "text/plain"
    assert answered["Content-Disposition"] == 'attachment; filename="cat.png"'


# Texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_read_in_any_encoding(client: Client, ada: User, encoding: str) -> None:
    text = "Größe;Menge – 3 €\r\nzwölf;12\r\n"
    view = send(client, text.encode(encoding), "table.csv")
    assert (view["kind"], view["media_type"]) == ("text", "text/csv")
    assert client.get(f"/attachments/{view['id']}/text/").content.decode() == text.replace("\r\n", "\n")
    assert view["tokens"] == 9


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \n\t\n", "file_empty"),
        (bytes(range(256)) * 8, "file_binary"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 64, "file_binary"),
        (b"PK\x03\x04" + b"\0" * 64, "file_office"),
        (b"x" * 500_001, "text_length"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(client: Client, ada: User, data: bytes, code: str) -> None:
    refused = send(client, data, "a.txt", 422)
    assert refused["code"] == code
    assert refused["title"]
    assert "%(" not in refused["title"]
    assert refused["detail"]


def test_a_file_too_large_is_refused_by_its_size(client: Client, ada: User, settings: Any) -> None:
    settings.UPLOAD_BYTES = 1024 * 1024
    refused = send(client, b"x" * 1_300_000, "a.txt", 422)
    assert refused["title"] == "The file has 1.24 MB. The limit is 1 MB."


# PDFs


def test_the_text_of_a_pdf_is_read_page_by_page(client: Client, ada: User) -> None:
    view = send(client, pdf("Pumps move heat", "", "The end"), "pumps.pdf")
    assert (view["kind"], view["media_type"], view["pages"]) == ("pdf", "application/pdf", 3)
    text = client.get(f"/attachments/{view['id']}/text/").content.decode()
    assert text == "[Page 1]\nPumps move heat\n\n[Page 3]\nThe end"
    assert kept(view).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (pdf("secret", password="x"), "pdf_locked"),
        (pdf("", ""), "pdf_empty"),
        (b"%PDF-1.7\nnothing behind", "pdf_broken"),
        (pdf("half of it")[:300], "pdf_broken"),
    ],
)
def test_a_pdf_without_readable_text_is_refused_with_the_reason(
    client: Client, ada: User, data: bytes, code: str
) -> None:
    assert send(client, data, "a.pdf", 422)["code"] == code


def test_only_the_beginning_of_a_long_pdf_is_read(client: Client, ada: User, settings: Any) -> None:
    settings.UPLOAD_PAGES = 2
    view = send(client, pdf("one", "two", "three"), "a.pdf")
    assert (view["pages"], view["remark"]) == (3, "cut")
    assert "three" not in Attachment.objects.get(pk=view["id"]).text


def test_a_reader_that_takes_too_much_ends_alone(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.uploads.receiving._MEMORY", 40_000_000)
    refused = send(client, pdf("one"), "a.pdf", 422)
    assert refused["code"] in ("file_heavy", "pdf_broken")
    monkeypatch.undo()
    assert send(client, pdf("one"), "a.pdf")["pages"] == 1


# Names, foreign ones, limits, purging


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\notes.txt", "notes.txt"),
        ("a\nb\x00c\u202etxt.exe", "a b c txt.exe"),
        ("..", "file"),
        ("", "file"),
        ("x" * 400 + ".pdf", "x" * 145 + "….pdf"),
    ],
)
def test_a_name_is_one_harmless_line(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_files_lie_under_names_that_the_server_made(client: Client, ada: User) -> None:
    view = send(client, b"text", "..%2F..%2Fevil.py")
    stored = Attachment.objects.get(pk=view["id"]).stored_name
    assert storage.path_of(stored).parent.parent == storage.folder()
    assert storage.path_of(stored).stat().st_mode & 0o777 == 0o600
    assert "evil" not in stored
    for name in ("../secret_key", "a" * 31, "A" * 32, ""):
        with pytest.raises(ValueError, match="stored name"):
            storage.path_of(name)


@pytest.mark.parametrize("what", ["file", "thumbnail", "text"])
def test_a_foreign_file_is_as_unknown_as_one_that_is_not_there(client: Client, ada: User, what: str) -> None:
    view = send(client, picture() if what == "thumbnail" else b"text")
    assert client.get(f"/attachments/{view['id']}/{what}/").status_code == 200
    client.force_login(person("eve"))
    assert client.get(f"/attachments/{view['id']}/{what}/").status_code == 404
    assert client.post(f"/attachments/{view['id']}/remove/").status_code == 404
    client.logout()
    assert client.get(f"/attachments/{view['id']}/{what}/", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401


def test_a_picture_is_shown_in_a_sandbox_and_asked_for_again(client: Client, ada: User) -> None:
    view = send(client, picture(), "a.png")
    answered = client.get(f"/attachments/{view['id']}/file/")
    assert answered["X-Content-Type-Options"] == "nosniff"
    assert answered["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answered["Content-Disposition"] == 'inline; filename="a.png"'
    assert answered["Cache-Control"] == "private, no-cache"
    again = client.get(f"/attachments/{view['id']}/file/", headers={"If-None-Match": answered["ETag"]})
    assert again.status_code == 304


def test_what_is_not_sent_can_be_taken_back_and_is_purged_after_a_day(
    client: Client, ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    first, second = send(client, b"one"), send(client, b"two")
    path = storage.path_of(Attachment.objects.get(pk=first["id"]).stored_name)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/attachments/{first['id']}/remove/").status_code == 204
    assert not path.exists()
    path = storage.path_of(Attachment.objects.get(pk=second["id"]).stored_name)
    purge()
    assert path.exists()
    Attachment.objects.update(created_at=timezone.now() - timedelta(seconds=settings.UPLOAD_LIFE + 1))
    with django_capture_on_commit_callbacks(execute=True):
        purge()
    assert not path.exists()


def test_bytes_without_a_row_are_purged(monkeypatch: pytest.MonkeyPatch) -> None:
    name = storage.keep(b"left behind", b"small")
    purge()
    assert storage.path_of(name).exists(), "it may be about to get its row"
    later = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: later)
    purge()
    assert not storage.path_of(name).exists()
    assert not storage.path_of(name, storage.SMALL).exists()


def test_only_so_many_may_wait_to_be_sent(client: Client, ada: User, settings: Any) -> None:
    settings.UPLOADS_WAITING = 1
    send(client, b"one")
    assert send(client, b"two", status=422)["code"] == "too_many_uploads"


def test_an_upload_without_a_file_says_so(client: Client, ada: User) -> None:
    assert client.post("/attachments/", {"file": "words"}).json()["code"] == "file_missing"


def test_the_server_loads_no_code_that_reads_pictures_or_pdfs() -> None:
    code = "import sys, chatsite.asgi; print(sorted({'PIL', 'pypdf'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
