"""Texts as safe HTML whose lines can be cited: each has an anchor of the message's name and its number."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from conversations.rendering import parse, render_tokens

LONGEST = 300_000
"""Characters that are rendered as Markdown; beyond, a text is shown as it was written, which costs no memory."""

_BUTTON = '<button type="button" class="copy" data-action="copy-code"></button>'
_FIRST_LINES = {"fence": 1, "code_block": 0}  # how far below its beginning a block's text begins


def numbered(text: str, anchor: str) -> SafeString:
    """`text` as it was written, an anchor at each line. `anchor` is a name of ours."""
    lines = format_html_join(
        "\n", '<span id="{}-{}" dir="auto">{}</span>', ((anchor, n, line) for n, line in _lines(text))
    )
    return format_html('<div class="said">{}</div>\n', lines)


def rendered(text: str, anchor: str) -> SafeString:
    """`text` as Markdown, an anchor at each line that begins a block, an item, a row or a line of code."""
    if len(text) > LONGEST:
        return numbered(text, anchor)
    try:
        html = render_tokens(list(_anchored(parse(text), anchor)))
    except RecursionError:
        return numbered(text, anchor)
    # What the renderer wrote is safe, and so is what stands between: numbers of ours. Text has no such button: it is
    # escaped.
    return format_html('<div class="md" dir="auto">{}</div>\n', mark_safe(html.replace(_BUTTON, "")))  # noqa: S308


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return enumerate(text.split("\n"), 1)


def _anchored(tokens: list[Token], anchor: str) -> Iterator[Token]:
    """The tokens with links to their lines: in the margin where a block begins, elsewhere as names only."""
    seen: set[int] = set()
    for token in tokens:
        line = token.map[0] + 1 if token.map and token.nesting >= 0 and token.type != "inline" else 0
        if line and token.level == 0 and token.type != "code_block":
            seen.add(line)
            yield _link(f"{anchor}-{line}", line)
        elif line and token.nesting == 1 and line not in seen:
            seen.add(line)
            token.attrSet("id", f"{anchor}-{line}")
        yield _code(token, anchor, line) if token.type in _FIRST_LINES and line else token


def _code(token: Token, anchor: str, line: int) -> Token:
    """The block of code, each of its lines with its name."""
    html = render_tokens([token])
    start, end = html.index(">", html.index("<code")) + 1, html.rindex("</code>")
    lines = enumerate(html[start:end].removesuffix("\n").split("\n"), line + _FIRST_LINES[token.type])
    named = "\n".join(f'<span id="{anchor}-{n}">{words}</span>' for n, words in lines)
    return Token("html_block", "", 0, content=f"{html[:start]}{named}\n{html[end:]}")


def _link(name: str, line: int) -> Token:
    link = f'<a class="line" id="{name}" href="#{name}">{line}</a>\n'
    return Token("html_block", "", 0, content=link)
