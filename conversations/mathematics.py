"""The Markdown rules for TeX: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, in a line or as a block.

What is found becomes a token that holds the source; drawing is left to the browser (KaTeX). The same rules in
`static/js/markdown/rules.js` are held to this file by `tests/fixtures/markdown/cases.json`.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# A scan ends at the next delimiter of its kind, right or wrong, so many openers without an end stay linear.
# A dollar is money unless it hugs its formula and neither neighbour is a letter or a digit.
_INLINE = {
    "$$": re.compile(r"\$\$([^$\\]*(?:\\[\s\S][^$\\]*)*)\$\$"),
    "$": re.compile(r"(?<![A-Za-z0-9])\$(?![ \t\n$])([^$\\`]*(?:\\[\s\S][^$\\`]*)*)(?<![ \t\n])\$(?![A-Za-z0-9$])"),
    r"\(": re.compile(r"\\\(([^\\]*(?:\\[^()][^\\]*)*)\\\)"),
    r"\[": re.compile(r"\\\[([^\\]*(?:\\[^\[\]][^\\]*)*)\\\](?!\()"),
}
_BLOCK_ENDS = {"$$": "$$", r"\[": r"\]"}
_BLANK = " \t\n"


def use(md: MarkdownIt) -> None:
    """Teach a parser the rules and how to write what they find."""
    md.inline.ruler.before("escape", "math", _inline)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "math_block", _block, interrupts)
    md.add_render_rule("math", lambda _, tokens, at, *rest: _span(tokens[at].content, tokens[at].info))
    md.add_render_rule("math_block", lambda _, tokens, at, *rest: f"<p>{_span(tokens[at].content, 'block')}</p>\n")


def _span(tex: str, display: str) -> str:
    """The element whose text the browser replaces by the formula."""
    return f'<span class="math" data-display="{display}">{escapeHtml(tex)}</span>'


def _inline(state: StateInline, silent: bool) -> bool:
    pair = state.src[state.pos : state.pos + 2]
    pattern = _INLINE.get(pair) or _INLINE.get(pair[:1])
    found = pattern.match(state.src, state.pos, state.posMax) if pattern else None
    tex = found[1].strip(_BLANK) if found else ""
    if not found or not tex:
        return False
    if not silent:
        token = state.push("math", "span", 0)
        token.content, token.markup = tex, pair
        token.info = "block" if pair in _BLOCK_ENDS else "inline"
    state.pos = found.end()
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    at = state.bMarks[start] + state.tShift[start]
    opener = state.src[at : at + 2]
    closer = _BLOCK_ENDS.get(opener)
    if closer is None or state.is_code_block(start):
        return False
    last = _last_line(state, start, end, opener, closer)
    if last is None:
        return False
    if not silent:
        lines = state.getLines(start, last + 1, state.sCount[start], False).strip(_BLANK)
        token = state.push("math_block", "p", 0)
        token.content, token.markup, token.block = lines[2:-2].strip(_BLANK), opener, True
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, opener: str, closer: str) -> int | None:
    first = _line(state, start)[2:]
    if closer in first:
        alone = first.index(closer) == len(first) - 2 and first.strip(_BLANK) != closer
        return start if alone else None
    for line in range(start + 1, end):
        text = _line(state, line)
        if text and state.sCount[line] < state.blkIndent:
            return None
        if text.endswith(closer):
            return line if text.index(closer) == len(text) - 2 else None
        if text.startswith(opener):
            return None
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip(_BLANK)
