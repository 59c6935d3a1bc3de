"""Catalogues are compiled when they are older than their source, and only then."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from chatsite.catalogs import compile_catalogs

SOURCE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Send"\nmsgstr "Senden"\n'


def test_a_catalog_is_compiled_once_and_again_after_a_change(tmp_path: Path) -> None:
    source = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE)
    assert compile_catalogs(tmp_path) == 1
    assert gettext.translation("django", tmp_path, ["de"]).gettext("Send") == "Senden"
    assert compile_catalogs(tmp_path) == 0
    later = source.stat().st_mtime + 5
    os.utime(source, (later, later))
    assert compile_catalogs(tmp_path) == 1
