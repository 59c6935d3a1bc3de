"""Word documents: packages that are whole and XML that is well formed, whatever somebody wrote."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.text import clean_text
from conversations.transcripts.document import TranscriptMessage
from tests.unit.transcripts.told import ATTACKS, message, picture, result, user, written

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
TARGETS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def package(*messages: TranscriptMessage, **about: Any) -> ZipFile:
    made = ZipFile(BytesIO(written("docx", *messages, **about)))
    assert made.testzip() is None
    return made


def body(*messages: TranscriptMessage, **about: str) -> ElementTree.Element:
    found = ElementTree.fromstring(package(*messages, **about).read("word/document.xml")).find(f"{W}body")
    assert found is not None
    return found


def words(paragraph: ElementTree.Element) -> str:
    signs = {f"{W}tab": "\t", f"{W}br": "\n"}
    return "".join(signs.get(part.tag) or (part.text or "") * (part.tag == f"{W}t") for part in paragraph.iter())


def paragraphs(*messages: TranscriptMessage, **about: str) -> list[str]:
    return [words(found) for found in body(*messages, **about).iter(f"{W}p")]


def test_the_package_names_every_part_and_its_kind() -> None:
    made = package(message("Hello"))
    kinds = ElementTree.fromstring(made.read("[Content_Types].xml"))
    named = {found.attrib["PartName"].lstrip("/") for found in kinds.iter(f"{TYPES}Override")}
    endings = tuple(f".{found.attrib['Extension']}" for found in kinds.iter(f"{TYPES}Default"))

    assert made.namelist()[0] == "[Content_Types].xml"
    parts = set(made.namelist()) - {"[Content_Types].xml"}
    assert {part for part in parts if not part.endswith(endings)} == named == {"word/document.xml", "word/styles.xml"}
    for relations, folder in (("_rels/.rels", ""), ("word/_rels/document.xml.rels", "word/")):
        targets = [found.attrib["Target"] for found in ElementTree.fromstring(made.read(relations)).iter(TARGETS)]
        assert {folder + target for target in targets} <= parts
    styles = ElementTree.fromstring(made.read("word/styles.xml"))
    known = {found.attrib[f"{W}styleId"] for found in styles.iter(f"{W}style")}
    document = ElementTree.fromstring(made.read("word/document.xml"))
    assert {found.attrib[f"{W}val"] for found in document.iter(f"{W}pStyle")} <= known


def test_speakers_files_calls_and_the_method_are_there() -> None:
    found = paragraphs(
        user("Look", attachments=[picture("map.png")]), result("sunny"), message("Yes."), title="A & <b>"
    )

    assert found[0] == "A & <b>"
    assert {"User", "map.png (Image, 12,345 bytes)", "Tool (Weather: forecast)", '  "city": "Bonn"', "Yes."} <= set(
        found
    )
    assert found[-1] == "Format: chatsite-transcript 1, docx"


def test_markdown_is_laid_out() -> None:
    lists = "# Head\n\n**bold** [here](https://example.org/x)\n\n1. one\n2. two\n\n"
    text = f"{lists}| a | b |\n|--|--|\n| 1 | 2 |\n\n```\nx\n y\n```"
    laid = body(message(text))

    found = [words(one) for one in laid.iter(f"{W}p")]
    assert {"Head", "bold here (https://example.org/x)", "1.\tone", "2.\ttwo", "x", " y"} <= set(found)
    assert [[words(cell) for cell in row.iter(f"{W}tc")] for row in laid.iter(f"{W}tr")] == [["a", "b"], ["1", "2"]]
    assert len(list(laid.iter(f"{W}b"))) >= 1


def test_nothing_in_it_leads_anywhere() -> None:
    made = package(message("[x](https://example.org) ![i](https://example.org/i.png)"))

    tags = {part.tag.removeprefix(W) for part in ElementTree.fromstring(made.read("word/document.xml")).iter()}
    assert not tags & {"hyperlink", "fldSimple", "instrText", "drawing", "object", "altChunk"}
    assert "External" not in "".join(made.read(name).decode() for name in made.namelist())


@pytest.mark.parametrize("text", ["\x0b\x0c\x1b[2J", "a\u202eb", "]]>&<", "\ufffe", "tab\there", "e\u0301", "🚂"])
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_hostile_signs_stay_inside(text: str, role: str) -> None:
    assert len(paragraphs(message(text, role=role, model=text), title=text, system_prompt=text)) >= 5


def test_attacks_are_text() -> None:
    for attack in ATTACKS:
        package(message(attack), user(attack)).close()
        body(message(attack), user(attack))


@given(st.text().map(clean_text))
def test_every_line_of_what_a_person_said_is_a_paragraph(text: str) -> None:
    assert len(paragraphs(user(text))) == len(paragraphs(user(""))) + (text.count("\n") + 1 if text else 0)


def test_no_text_is_too_long_for_readers_of_xml() -> None:
    laid = body(message("<&>" * 3_500_000))

    assert max(len(node.text or "") for node in laid.iter(f"{W}t")) <= 1_000_000
    assert max(len(words(one)) for one in laid.iter(f"{W}p")) == 10_500_000


def test_a_paragraph_from_right_to_left_says_so() -> None:
    ways = [
        (words(one), one.find(f"{W}pPr/{W}bidi") is not None) for one in body(message("مرحبا\n\nhello")).iter(f"{W}p")
    ]

    assert ("مرحبا", True) in ways
    assert ("hello", False) in ways


def test_the_same_conversation_is_the_same_file() -> None:
    assert written("docx", message("Hello")) == written("docx", message("Hello"))
