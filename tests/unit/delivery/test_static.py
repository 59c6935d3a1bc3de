"""Static files: what a browser is told, how small they travel, and that an edited file is noticed."""

import asyncio
import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from chatsite import finders, static

PREFIX = "/static/0123456789ab/"


async def _pages(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.fixture(scope="module")
def app() -> static.StaticApp:
    return static.StaticApp(_pages, PREFIX)


@pytest.fixture
def edited(settings: Settings, tmp_path: Path) -> Iterator[tuple[static.StaticApp, Path]]:
    settings.STATICFILES_DIRS = [tmp_path]
    static.finders.get_finder.cache_clear()  # type: ignore[attr-defined]
    (tmp_path / "css").mkdir()
    (tmp_path / "css/app.css").write_text(
        '@layer a, b;\n@import url("one.css") layer(a);\n@import url("two.css") layer(b);'
    )
    (tmp_path / "css/one.css").write_text("p { color: red }\n")
    (tmp_path / "css/two.css").write_text("p { color: blue }\n")
    yield static.StaticApp(_pages, PREFIX), tmp_path
    static.finders.get_finder.cache_clear()  # type: ignore[attr-defined]


Answered = tuple[int, dict[str, str], bytes]


async def ask(app: static.StaticApp, path: str, method: str = "GET", **headers: str) -> Answered:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": path, "headers": given}, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


async def test_a_file_may_be_kept_for_ever(app: static.StaticApp) -> None:
    status, headers, body = await ask(app, PREFIX + "js/markdown/rules.js")
    assert status == 200
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-length"] == str(len(body))
    assert body == (settings.BASE_DIR / "static/js/markdown/rules.js").read_bytes()


async def test_an_older_page_gets_todays_file_without_a_promise(app: static.StaticApp) -> None:
    status, headers, _ = await ask(app, "/static/ffffffffffff/js/markdown/rules.js")
    assert (status, headers["cache-control"]) == (200, "no-cache")


async def test_a_file_that_the_browser_has_is_not_sent_again(app: static.StaticApp) -> None:
    _, headers, _ = await ask(app, PREFIX + "js/markdown/rules.js")
    status, again, body = await ask(app, PREFIX + "js/markdown/rules.js", if_none_match=f'"x", {headers["etag"]}')
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    assert (await ask(app, PREFIX + "js/markdown/rules.js", if_none_match='"other"'))[0] == 200


async def test_brotli_goes_before_gzip_and_is_made_smaller_behind_the_scenes(app: static.StaticApp) -> None:
    path = PREFIX + "vendor/markdown-it/markdown-it.umd.min.js"
    _, headers, first = await ask(app, path, accept_encoding="gzip, deflate, br")
    assert (headers["content-encoding"], headers["vary"]) == ("br", "accept-encoding")
    smaller = first
    async with asyncio.timeout(60):
        while len(smaller) == len(first):
            await asyncio.sleep(0)
            _, _, smaller = await ask(app, path, accept_encoding="br")
    assert brotli.decompress(first) == brotli.decompress(smaller)
    assert len(smaller) < 38_000


async def test_gzip_is_for_those_who_refuse_brotli(app: static.StaticApp) -> None:
    path = PREFIX + "js/markdown/rules.js"
    plain = (await ask(app, path))[2]
    _, headers, body = await ask(app, path, accept_encoding="br;q=0, gzip;q=0.5")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == plain
    assert "content-encoding" not in (await ask(app, path, accept_encoding="identity"))[1]


async def test_fonts_are_not_compressed_twice(app: static.StaticApp) -> None:
    path = PREFIX + "vendor/katex/fonts/KaTeX_Main-Regular.woff2"
    _, headers, _ = await ask(app, path, accept_encoding="br, gzip")
    assert headers["content-type"] == "font/woff2"
    assert "content-encoding" not in headers


async def test_head_tells_the_length_and_sends_nothing(app: static.StaticApp) -> None:
    status, headers, body = await ask(app, PREFIX + "js/markdown/rules.js", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 1000


@pytest.mark.parametrize(
    "path", ["none.js", "", "../settings.py", "css/../../manage.py", "%2e%2e/manage.py", "vendor/katex/katex.js"]
)
async def test_what_no_finder_lists_is_not_found(app: static.StaticApp, path: str) -> None:
    assert (await ask(app, PREFIX + path))[0] == 404


async def test_nothing_can_be_written(app: static.StaticApp) -> None:
    status, headers, _ = await ask(app, PREFIX + "js/markdown/rules.js", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_every_other_path_goes_on_to_the_pages(app: static.StaticApp) -> None:
    assert (await ask(app, "/staticfiles"))[0] == 299
    assert (await ask(app, "/c/1", "POST"))[::2] == (299, b"/c/1")


@pytest.mark.parametrize("path", ["admin/css/base.css", "vendor/highlight/core.min.js", "vendor/katex/katex.min.css"])
async def test_the_admins_and_the_packages_files_are_there(app: static.StaticApp, path: str) -> None:
    assert (await ask(app, PREFIX + path))[0] == 200


async def test_every_address_in_our_scripts_and_styles_leads_somewhere(app: static.StaticApp) -> None:
    missing = [f"{source}: {path}" for source, path in _addresses() if (await ask(app, PREFIX + path))[0] != 200]
    assert missing == []


def _addresses() -> Iterator[tuple[Path, str]]:
    """Relative imports, `import(…)`, `new URL(…, import.meta.url)` and CSS `url(…)`, as a browser resolves them."""
    root = (settings.BASE_DIR / "static").resolve()
    wanted = re.compile(
        r"""(?:from|import|import\(|new URL\(|url\()\s*["'](\.{0,2}/?[\w./-]+\.(?:js|css|svg|woff2))["']"""
    )
    for source in [*root.rglob("*.js"), *root.rglob("*.css")]:
        for address in wanted.findall(source.read_text("utf-8")):
            yield source, os.path.relpath((source.parent / address).resolve(), root)


async def test_the_styles_are_one_file_with_the_layers_in_their_order(app: static.StaticApp) -> None:
    _, _, body = await ask(app, PREFIX + "css/app.css")
    assert b"@import" not in body
    assert b"@layer markdown {" in body
    assert body.count(b"{") == body.count(b"}")


async def test_an_edited_part_is_seen_while_developing(
    edited: tuple[static.StaticApp, Path], settings: Settings
) -> None:
    app, folder = edited
    settings.DEBUG = True
    _, before, body = await ask(app, PREFIX + "css/app.css")
    assert body == b"@layer a, b;\n@layer a {\np { color: red }\n}\n@layer b {\np { color: blue }\n}"
    (folder / "css/two.css").write_text("p { color: green }\n")
    os.utime(folder / "css/two.css", (2_000_000_000, 2_000_000_000))
    (folder / "new.js").write_text("1;")
    _, after, body = await ask(app, PREFIX + "css/app.css")
    assert b"green" in body
    assert before["etag"] != after["etag"]
    assert after["cache-control"] == "no-cache"
    assert (await ask(app, PREFIX + "new.js"))[0] == 200


async def test_outside_development_a_file_is_read_once(edited: tuple[static.StaticApp, Path]) -> None:
    app, folder = edited
    await ask(app, PREFIX + "css/app.css")
    (folder / "css/two.css").unlink()
    assert b"blue" in (await ask(app, PREFIX + "css/app.css"))[2]


def test_missing_packages_are_named_with_the_way_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(finders, "PACKAGES", tmp_path)
    with pytest.raises(ImproperlyConfigured, match=r"katex/dist.*python3 manage.py up"):
        static.StaticApp(_pages, PREFIX)


def test_the_prefix_follows_the_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    for name in ("static/a.js", "package-lock.json", "requirements.txt"):
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(static, "BASE_DIR", tmp_path)
    before = static.static_prefix()
    assert re.fullmatch(r"/static/[0-9a-f]{12}/", before)
    assert static.static_prefix() == before
    (tmp_path / "static/a.js").rename(tmp_path / "static/b.js")
    renamed = static.static_prefix()
    (tmp_path / "package-lock.json").write_text("2")
    assert len({before, renamed, static.static_prefix()}) == 3
