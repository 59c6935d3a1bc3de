"""Markdown to HTML for what is saved: the same options and the same output as `static/js/markdown/rules.js`.

The text is as untrusted as any: no HTML passes, no image loads, links leave by http, https and mailto alone.
The result holds no word in any language: the page names its buttons. Formulas and colours are the browser's.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from conversations import mathematics

RENDERER_VERSION = 1
"""Stored beside every HTML made here: a lower number means that the text is to be rendered again."""

MAX_NESTING = 40
"""Levels of lists, quotes and brackets: beyond it text stays text, and the stack stays shallow."""

_SCHEME = re.compile(r"(?<![A-Za-z0-9.+-])(https?)$", re.IGNORECASE)
# Blanks, quotes and what no address holds end it, and so does the punctuation of Chinese and Japanese.
_ADDRESS = re.compile(
    r"://[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000-\u3003\u300c\u300d\ufeff"
    r"\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f<>\"`\\|^{}]{1,2000}"
)
_SENTENCE_ENDS = "?!.,:;*_~'"
_BRACKETS = {")": "(", "]": "["}
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[ \t]*([A-Za-z0-9][A-Za-z0-9+#._-]{0,31})")
_CONTROLS = re.compile(r"[\v\f]")
_TASK = re.compile(r"\[([ xX])\][ \t\n]")
_OUTSIDE = {"rel": "noopener noreferrer nofollow", "target": "_blank"}


def render(text: str) -> str:
    """The HTML of a message. Never raises: a text nested beyond reason is shown as it was written."""
    try:
        return str(_markdown.render(text))
    except RecursionError:
        return f'<p dir="auto">{escape(text)}</p>\n'


def parse(text: str) -> list[Token]:
    """The tokens that `render` writes, for other formats. Raises RecursionError for a text nested beyond reason."""
    return _markdown.parse(text)


def render_tokens(tokens: Sequence[Token]) -> str:
    """The safe HTML of what `parse` found; what a caller has put between stands as it is."""
    return str(_markdown.renderer.render(tokens, _markdown.options, {}))


def plain(text: str) -> str:
    """The words alone, one block a line: for titles and announcements."""
    try:
        blocks = _words(_markdown.parse(text))
    except RecursionError:
        return text.strip()
    return "\n".join(filter(None, blocks))


def _words(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type == "inline":
            yield "".join(_inline_words(token.children or [])).strip()
        elif token.type in ("fence", "code_block", "math_block"):
            yield token.content.strip()


def _inline_words(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type == "image":
            yield from _inline_words(token.children or [])
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
        elif token.type in ("text", "code_inline", "math"):
            yield token.content


def _build() -> MarkdownIt:
    md = MarkdownIt("js-default", {"html": False, "maxNesting": MAX_NESTING})
    md.disable("linkify")
    md.inline.ruler.after("newline", "address", _address)
    md.validateLink = lambda url: _LINK.fullmatch(url.strip()) is not None  # type: ignore[method-assign]
    mathematics.use(md)
    md.core.ruler.before("normalize", "controls", _controls)
    md.core.ruler.push("dress", _dress)
    for name, rule in _RULES.items():
        md.add_render_rule(name, rule)
    return md


def _controls(state: StateCore) -> None:
    """Vertical tab and form feed are spaces: the two parsers disagree where they end a paragraph."""
    state.src = _CONTROLS.sub(" ", state.src)


def _address(state: StateInline, silent: bool) -> bool:
    """Link a bare http or https address; what closes a sentence or a bracket around it stays outside."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-6:])
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    url = _closed(scheme[1] + found[0]) if scheme and found else ""
    if not scheme or not url or not state.md.validateLink(href := state.md.normalizeLink(url)):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.push("text", "", 0).content = state.md.normalizeLinkText(url)
        state.push("link_close", "a", -1)
    state.pos += len(url) - len(scheme[1])
    return True


def _closed(url: str) -> str:
    spare = {closer: url.count(closer) - url.count(opener) for closer, opener in _BRACKETS.items()}
    end = len(url)
    while url[end - 1] in _SENTENCE_ENDS or spare.get(url[end - 1], 0) > 0:
        end -= 1
        if url[end] in spare:
            spare[url[end]] -= 1
    return "" if url[:end].endswith("://") else url[:end]


def _dress(state: StateCore) -> None:
    """Give tokens what the page needs: direction, headings below the page's own, classes, outside links."""
    for at, token in enumerate(state.tokens):
        if token.type == "inline":
            _dress_inline(token.children or [])
            if at > 1 and state.tokens[at - 2].type == "list_item_open":
                _find_task(state.tokens[at - 2], token)
        elif token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        elif token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"class": "align-" + str(token.attrs["style"]).removeprefix("text-align:")}
        if token.nesting == 1 and token.level == 0:
            token.attrSet("dir", "auto")


def _dress_inline(tokens: list[Token]) -> None:
    inside = False
    for token in tokens:
        if token.type == "link_open":
            inside = True
            token.attrs.update(_OUTSIDE)
        elif token.type == "link_close":
            inside = False
        elif token.type == "image":
            token.meta = {"inside": inside}


def _find_task(item: Token, inline: Token) -> None:
    first = inline.children[0] if inline.children else None
    found = _TASK.match(first.content) if first and first.type == "text" else None
    if not first or not found:
        return
    item.attrJoin("class", "task")
    first.content = first.content[found.end() :]
    box = Token("task", "input", 0, content=found[1].strip().lower())
    inline.children = [box, *(inline.children or []), Token("task_close", "label", -1)]


def _task(_: RendererHTML, tokens: Sequence[Token], at: int, *rest: Any) -> str:
    return f'<label><input type="checkbox" disabled{" checked" if tokens[at].content else ""}> '


def _code(_: RendererHTML, tokens: Sequence[Token], at: int, *rest: Any) -> str:
    """A block of code with its caption. The copy button is empty: `hydrate.js` gives it name and action."""
    found = _LANGUAGE.match(unescapeAll(tokens[at].info))
    language = found[1].lower() if found else ""
    name = f' class="language-{language}"' if language else ""
    return (
        f'<figure class="code" data-language="{language}"><figcaption><span>{language}</span>'
        '<button type="button" class="copy" data-action="copy-code"></button></figcaption>'
        f"<pre><code{name}>{escapeHtml(tokens[at].content)}</code></pre></figure>\n"
    )


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A picture becomes a link that shows where it leads: loading it would tell its server who reads what."""
    token = tokens[at]
    address = escapeHtml(str(token.attrs["src"]))
    alt = escapeHtml(renderer.renderInlineAsText(token.children, options, env))
    words = f'{alt}{" " if alt else ""}<span class="address">{address}</span>'
    if token.meta["inside"]:
        return f'<span class="image">{words}</span>'
    return f'<a class="image" href="{address}" rel="{_OUTSIDE["rel"]}" target="_blank">{words}</a>'


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], at: int, *rest: Any) -> str:
    return f'<div class="table"><table{renderer.renderAttrs(tokens[at])}>\n'


_RULES: dict[str, Callable[..., str]] = {
    "fence": _code,
    "code_block": _code,
    "image": _image,
    "task": _task,
    "table_open": _table_open,
    "table_close": lambda *rest: "</table></div>\n",
}
_markdown = _build()
