"""The XML of a Word document: its fixed parts, paragraphs, and Markdown as paragraphs.

Nothing in it leads anywhere: addresses are words, there are no fields, links, macros or pictures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from xml.sax.saxutils import escape

from markdown_it.token import Token

from conversations.rendering import parse

LONGEST = 300_000
"""Characters that are laid out as Markdown; beyond, a text stands as it was written."""

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STRONG = ("L", "R", "AL")
_LONGEST_NODE = 1_000_000  # many a reader of XML takes ten times that for an attack
_NEXT = '</w:t><w:t xml:space="preserve">'
_LOOKED_AT = 1000  # characters that tell a paragraph's direction
_MARKS = {"strong": "b", "em": "i", "s": "strike"}
_INDENT = 360  # twentieths of a point for each level of a list

_STYLES = {
    "Normal": '<w:pPr><w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr>',
    "Title": '<w:pPr><w:spacing w:after="60"/></w:pPr><w:rPr><w:b/><w:sz w:val="36"/></w:rPr>',
    "Heading1": '<w:pPr><w:keepNext/><w:spacing w:before="360" w:after="0"/><w:outlineLvl w:val="0"/></w:pPr>'
    '<w:rPr><w:b/><w:sz w:val="26"/></w:rPr>',
    "Heading2": '<w:pPr><w:keepNext/><w:spacing w:before="200" w:after="60"/><w:outlineLvl w:val="1"/></w:pPr>'
    "<w:rPr><w:b/></w:rPr>",
    "Small": '<w:pPr><w:spacing w:after="60"/></w:pPr><w:rPr><w:color w:val="595959"/><w:sz w:val="18"/></w:rPr>',
    "Note": "<w:rPr><w:b/></w:rPr>",
    "Quote": '<w:pPr><w:ind w:left="360"/></w:pPr><w:rPr><w:color w:val="595959"/></w:rPr>',
    "Code": '<w:pPr><w:shd w:val="clear" w:fill="F4F4F2"/><w:spacing w:after="0"/></w:pPr>'
    '<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/><w:sz w:val="19"/></w:rPr>',
}


def _style(name: str, values: str) -> str:
    default = ' w:default="1"' if name == "Normal" else ""
    above = "" if name == "Normal" else '<w:basedOn w:val="Normal"/>'
    known = name.replace("Heading", "heading ")  # as Word calls its own
    return f'<w:style w:type="paragraph"{default} w:styleId="{name}"><w:name w:val="{known}"/>{above}{values}</w:style>'


PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/_rels/document.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "word/styles.xml": f'{_XML}<w:styles xmlns:w="{_MAIN}"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Arial"/><w:sz w:val="22"/></w:rPr></w:rPrDefault>'
    "</w:docDefaults>" + "".join(_style(name, values) for name, values in _STYLES.items()) + "</w:styles>",
}
BEGINNING = f'{_XML}<w:document xmlns:w="{_MAIN}"><w:body>'
END = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>'
    "</w:sectPr></w:body></w:document>"
)

_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_TABLE = {
    "table_open": '<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>'
    + "".join(f'<w:{side} w:val="single" w:sz="4" w:color="BFBFBF"/>' for side in _SIDES)
    + "</w:tblBorders></w:tblPr><w:tblGrid/>",
    "table_close": "</w:tbl><w:p/>",  # two tables side by side would become one
    "tr_open": "<w:tr>",
    "tr_close": "</w:tr>",
    "td_open": "<w:tc>",
    "td_close": "</w:tc>",
}


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one hand. `hand` holds names of Word's marks: `b`, `i`, `strike`; `code` is ours."""

    text: str
    hand: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Place:
    """Where in the nesting of blocks the reader is: for each list open, the number its next item has (0: a bullet)."""

    lists: list[int] = field(default_factory=list)
    quotes: int = 0
    mark: str = ""
    style: str = ""


def paragraph(text: str, style: str = "Normal") -> str:
    """One paragraph of plain words."""
    return _paragraph([Run(text)], style)


def lines(text: str, style: str = "Normal") -> Iterator[str]:
    """A paragraph a line."""
    return (paragraph(line, style) for line in text.split("\n")) if text else iter(())


def markdown(text: str) -> Iterator[str]:
    """The text laid out: headings, lists, quotes, code, tables."""
    if len(text) > LONGEST:
        yield from lines(text)
        return
    try:
        tokens = parse(text)
    except RecursionError:
        yield from lines(text)
        return
    place = _Place()
    for token in tokens:
        yield from _block(token, place)


def _block(token: Token, place: _Place) -> Iterator[str]:
    match token.type:
        case "bullet_list_open":
            place.lists.append(0)
        case "ordered_list_open":
            place.lists.append(int(token.attrs.get("start", 1)))
        case "bullet_list_close" | "ordered_list_close":
            place.lists.pop()
        case "list_item_open":
            number = place.lists[-1]
            place.mark = f"{number}.\t" if number else "•\t"
            place.lists[-1] += bool(number)
        case "blockquote_open" | "blockquote_close":
            place.quotes += token.nesting
        case "heading_open" | "heading_close":
            place.style = "Heading2" if token.nesting == 1 else ""
        case "table_open" | "table_close" | "tr_open" | "tr_close" | "th_open" | "th_close" | "td_open" | "td_close":
            yield _TABLE[token.type.replace("th", "td")]
        case "inline":
            yield _laid_out(list(_runs(token.children or [])), place)
        case "fence" | "code_block" | "math_block":
            yield from lines(token.content.removesuffix("\n"), "Code")


def _laid_out(runs: list[Run], place: _Place) -> str:
    marked = [Run(place.mark), *runs] if place.mark else runs
    place.mark = ""
    return _paragraph(marked, place.style or ("Quote" if place.quotes else "Normal"), len(place.lists) * _INDENT)


def _runs(tokens: Iterable[Token]) -> Iterator[Run]:
    hand: frozenset[str] = frozenset()
    address, said = "", ""
    for token in tokens:
        mark = _MARKS.get(token.type.rpartition("_")[0])
        if mark:
            hand = hand | {mark} if token.nesting == 1 else hand - {mark}
        elif token.type == "link_open":
            address, said = str(token.attrs["href"]), ""
        elif token.type == "link_close" and said != address:
            yield Run(f" ({address})", hand)
        else:
            words = _words(token)
            said += words
            yield Run(words, hand | {"code"} if token.type in ("code_inline", "math") else hand)


def _words(token: Token) -> str:
    match token.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "task":
            return "☑ " if token.content else "☐ "
        case "image":
            return f"{''.join(map(_words, token.children or []))} ({token.attrs['src']})"
    return token.content


def _paragraph(runs: list[Run], style: str, indent: int = 0) -> str:
    is_rtl = _is_rtl(runs)
    about = f'<w:pStyle w:val="{style}"/>' if style != "Normal" else ""
    about += "<w:bidi/>" if is_rtl else ""
    about += f'<w:ind w:left="{indent}" w:hanging="{_INDENT}"/>' if indent else ""
    return f"<w:p>{f'<w:pPr>{about}</w:pPr>' if about else ''}{''.join(_run(run, is_rtl) for run in runs)}</w:p>"


def _run(run: Run, is_rtl: bool) -> str:
    about = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>' if "code" in run.hand else ""
    about += "".join(f"<w:{mark}/>" for mark in ("b", "i", "strike") if mark in run.hand)
    about += "<w:rtl/>" if is_rtl else ""
    words = re.sub("\r\n|[\r\v\f\x85\u2028\u2029]", "\n", run.text)
    parts = (f'<w:t xml:space="preserve">{_text(part)}</w:t>' for part in words.split("\n"))
    return f"<w:r>{f'<w:rPr>{about}</w:rPr>' if about else ''}{'<w:br/>'.join(parts)}</w:r>"


def _text(text: str) -> str:
    clean = _FORBIDDEN.sub("\ufffd", text)
    parts = (escape(clean[at : at + _LONGEST_NODE]) for at in range(0, len(clean), _LONGEST_NODE))
    return _NEXT.join(parts).replace("\t", f"</w:t><w:tab/>{_NEXT.removeprefix('</w:t>')}")


def _is_rtl(runs: list[Run]) -> bool:
    """By the first letter that has a direction."""
    letters = islice((sign for run in runs for sign in run.text), _LOOKED_AT)
    first = next((way for way in map(unicodedata.bidirectional, letters) if way in _STRONG), "L")
    return first != "L"
