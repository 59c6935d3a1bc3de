"""Whatever people read is there in German too: found in the code itself, so that a new text turns this red.

The catalogues are written with `makemessages` (see the README); nothing here needs GNU gettext.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree

import allauth
import django
import polib
import pytest
from django.utils import translation
from django.utils.translation.template import templatize

from chatsite.catalogs import compile_catalogs
from tests.house.sources import ROOT, files, name, python, tree

LOCALE = ROOT / "conversations" / "locale"
DOMAINS = ("django", "djangojs")
Key = tuple[str, str, str]
"""Context, message, plural; empty where there is none."""

_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(n?p?gettext)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+>")
_TAGS = re.compile(
    r"\{% blocktranslate.*?endblocktranslate %\}|\{% block \w*class %\}.*?\{% endblock %\}"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
    re.DOTALL,
)
_SPOKEN_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
_NAMES = {"Chatsite", "JSON", "Markdown"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_in_the_code_is_translated_and_nothing_else_is(domain: str) -> None:
    translated = {_key(entry) for entry in _catalog(domain) if entry.translated() and not entry.fuzzy}
    wanted = _in_scripts() if domain == "djangojs" else _in_python() | _in_templates()
    assert sorted(wanted - translated) == []
    assert sorted(translated - wanted) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_has_the_placeholders_of_its_text(domain: str) -> None:
    for entry in _catalog(domain):
        expected = sorted(_PLACEHOLDER.findall(entry.msgid))
        for text in _texts(entry):
            assert sorted(_PLACEHOLDER.findall(text)) == expected, entry.msgid


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_german_keeps_the_tone(domain: str) -> None:
    texts = [text for entry in _catalog(domain) for text in _texts(entry)]
    assert [text for text in texts if re.search(r"!|\b[Bb]itte\b|\bIhre?[nmrs]?\b|\boops\b", text)] == []


def test_the_catalogs_compile_and_say_what_the_sources_say(tmp_path: Path) -> None:
    copytree(LOCALE, tmp_path / "locale")
    for compiled in tmp_path.rglob("*.mo"):
        compiled.unlink()
    assert compile_catalogs(tmp_path / "locale") == len(DOMAINS)
    for domain in DOMAINS:
        found = polib.mofile(str(tmp_path / "locale" / "de" / "LC_MESSAGES" / f"{domain}.mo"))
        assert {(_key(entry), _texts(entry)) for entry in found} == {
            (_key(entry), _texts(entry)) for entry in _catalog(domain)
        }


def test_a_german_request_gets_german_words() -> None:
    with translation.override("de"):
        assert translation.gettext("The message is empty.") == "Die Nachricht ist leer."
        assert translation.ngettext("%d account changed.", "%d accounts changed.", 2) == "%d Konten geändert."


def test_what_is_said_in_place_of_others_is_what_they_say() -> None:
    packages = [Path(str(package.__file__)).parent for package in (django, allauth)]
    sources = [path for package in packages for path in package.rglob("de/LC_MESSAGES/django.po")]
    theirs = {_key(entry) for path in sources for entry in polib.pofile(str(path))}
    assert _in_python(ROOT / "chatsite" / "catalogs.py") - theirs == set()


@pytest.mark.parametrize("path", files(".html", ".txt"), ids=name)
def test_a_template_says_nothing_but_translated_words(path: Path) -> None:
    if path.is_relative_to(ROOT / "templates"):
        page = _Spoken()
        page.feed(_TAGS.sub(" ", path.read_text()))
        assert set(re.findall(r"[^\W\d_]{2,}", " ".join(page.texts))) <= _NAMES


class _Spoken(HTMLParser):
    """The text of a page, and of the attributes that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in _SPOKEN_ATTRIBUTES]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@cache
def _catalog(domain: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / "de" / "LC_MESSAGES" / f"{domain}.po"))


def _texts(entry: polib.POEntry | polib.MOEntry) -> tuple[str, ...]:
    return tuple(entry.msgstr_plural.values()) if entry.msgid_plural else (entry.msgstr,)


def _key(entry: polib.POEntry | polib.MOEntry) -> Key:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def _in_python(*paths: Path) -> set[Key]:
    calls = (node for path in paths or python("chatsite", "conversations") for node in ast.walk(tree(path)))
    return {key for node in calls if isinstance(node, ast.Call) for key in _of_call(node)}


def _of_call(node: ast.Call) -> Iterator[Key]:
    function = getattr(node.func, "id", getattr(node.func, "attr", ""))
    found = re.fullmatch(r"(n?p?gettext)(_lazy|_noop)?|_", function)
    strings = [str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)]
    if found and strings:
        yield _called(found[1] or "gettext", strings)


def _in_templates() -> set[Key]:
    pages = (path for path in files(".html", ".txt") if path.is_relative_to(ROOT / "templates"))
    return {key for path in pages for key in _written(templatize(path.read_text()))}


def _in_scripts() -> set[Key]:
    return {key for path in files(".js") if path.is_relative_to(ROOT / "static") for key in _written(path.read_text())}


def _written(source: str) -> Iterator[Key]:
    for function, strings in _CALL.findall(source):
        yield _called(function, ast.literal_eval(f"[{strings}]"))


def _called(function: str, strings: list[str]) -> Key:
    context = strings.pop(0) if "p" in function else ""
    return context, strings[0], strings[1] if function.startswith("n") else ""
