/**
 * The Markdown of a reply while it streams: the same options and the same output as `conversations/rendering.py` and
 * `conversations/mathematics.py`, where the reasons stand. `tests/fixtures/markdown/cases.json` holds the two together.
 *
 * @typedef {InstanceType<typeof import("markdown-it").default>} MarkdownIt
 * @typedef {ReturnType<MarkdownIt["parse"]>[number]} Token
 * @typedef {Parameters<Parameters<MarkdownIt["inline"]["ruler"]["push"]>[1]>[0]} StateInline
 * @typedef {Parameters<Parameters<MarkdownIt["block"]["ruler"]["push"]>[1]>[0]} StateBlock
 * @typedef {Parameters<Parameters<MarkdownIt["core"]["ruler"]["push"]>[1]>[0]} StateCore
 */

const MAX_NESTING = 40;
const SCHEME = /(?<![A-Za-z0-9.+-])(https?)$/i;
const ADDRESS =
  // eslint-disable-next-line no-control-regex
  /:\/\/[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000-\u3003\u300c\u300d\ufeff\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f<>"`\\|^{}]{1,2000}/y;
const SENTENCE_ENDS = "?!.,:;*_~'";
const LINK = /^(?:https?:\/\/|mailto:)[^\s\x00-\x1f]+$/i; // eslint-disable-line no-control-regex
const LANGUAGE = /^[ \t]*([A-Za-z0-9][A-Za-z0-9+#._-]{0,31})/;
const TASK = /^\[([ xX])\][ \t\n]/;
const REL = "noopener noreferrer nofollow";
const GROWING = 40; // lines
const NONE = -1;
const BLANK = " \t\n";
const SPACES =
  " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

/** @type {Record<string, RegExp>} */
const INLINE_MATH = {
  $$: /\$\$([^$\\]*(?:\\[\s\S][^$\\]*)*)\$\$/y,
  $: /(?<![A-Za-z0-9])\$(?![ \t\n$])([^$\\`]*(?:\\[\s\S][^$\\`]*)*)(?<![ \t\n])\$(?![A-Za-z0-9$])/y,
  "\\(": /\\\(([^\\]*(?:\\[^()][^\\]*)*)\\\)/y,
  "\\[": /\\\[([^\\]*(?:\\[^[\]][^\\]*)*)\\\](?!\()/y,
};
/** @type {Record<string, string>} */
const BLOCK_ENDS = { $$: "$$", "\\[": "\\]" };

/**
 * The one parser of the page. The class is handed in, because only the caller knows where it is installed.
 *
 * @param {typeof import("markdown-it").default} Parser
 * @returns {MarkdownIt}
 */
export function createParser(Parser) {
  const md = new Parser({ html: false, maxNesting: MAX_NESTING });
  md.validateLink = (url) => LINK.test(url.trim());
  md.inline.ruler.before("escape", "math", inlineMath);
  md.disable("linkify");
  md.inline.ruler.after("newline", "address", address);
  md.block.ruler.before("fence", "math_block", blockMath, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  md.core.ruler.before("normalize", "controls", (state) => {
    state.src = state.src.replace(/[\v\f]/g, " ");
  });
  md.core.ruler.after("block", "edges", (state) => {
    for (const token of state.tokens)
      if (token.type === "inline") token.content = strip(token.content, SPACES);
  });
  md.core.ruler.push("dress", dress);
  const escape = md.utils.escapeHtml;
  /** @param {string} tex @param {string} display */
  const math = (tex, display) => `<span class="math" data-display="${display}">${escape(tex)}</span>`;
  /** @param {Token[]} tokens @param {number} at */
  const code = (tokens, at) => {
    const language = LANGUAGE.exec(md.utils.unescapeAll(tokens[at].info))?.[1].toLowerCase() ?? "";
    const name = language && ` class="language-${language}"`;
    return (
      `<figure class="code" data-language="${language}"><figcaption><span>${language}</span>` +
      '<button type="button" class="copy" data-action="copy-code"></button></figcaption>' +
      `<pre><code${name}>${escape(tokens[at].content)}</code></pre></figure>\n`
    );
  };
  Object.assign(md.renderer.rules, {
    fence: code,
    code_block: code,
    math: (/** @type {Token[]} */ tokens, /** @type {number} */ at) =>
      math(tokens[at].content, tokens[at].info),
    math_block: (/** @type {Token[]} */ tokens, /** @type {number} */ at) =>
      `<p>${math(tokens[at].content, "block")}</p>\n`,
    task: (/** @type {Token[]} */ tokens, /** @type {number} */ at) =>
      `<label><input type="checkbox" disabled${tokens[at].content && " checked"}> `,
    table_open: (/** @type {Token[]} */ tokens, /** @type {number} */ at) =>
      `<div class="table"><table${md.renderer.renderAttrs(tokens[at])}>\n`,
    table_close: () => "</table></div>\n",
  });
  md.renderer.rules.image = (tokens, at, options, env) => {
    const token = tokens[at];
    const address = escape(String(token.attrGet("src")));
    const alt = escape(md.renderer.renderInlineAsText(token.children ?? [], options, env));
    const words = `${alt && `${alt} `}<span class="address">${address}</span>`;
    return token.meta?.inside
      ? `<span class="image">${words}</span>`
      : `<a class="image" href="${address}" rel="${REL}" target="_blank">${words}</a>`;
  };
  return md;
}

/** @param {StateInline} state @param {boolean} silent */
function address(state, silent) {
  if (state.linkLevel || !state.src.startsWith("://", state.pos)) return false;
  const scheme = SCHEME.exec(state.pending.slice(-6))?.[1];
  ADDRESS.lastIndex = state.pos;
  const found = ADDRESS.exec(state.src)?.[0].slice(0, state.posMax - state.pos);
  const url = scheme && found ? closed(scheme + found) : "";
  const href = url && state.md.normalizeLink(url);
  if (!scheme || !href || !state.md.validateLink(href)) return false;
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    state.push("link_open", "a", 1).attrs = [["href", href]];
    state.push("text", "", 0).content = state.md.normalizeLinkText(url);
    state.push("link_close", "a", -1);
  }
  state.pos += url.length - scheme.length;
  return true;
}

/** @param {string} url */
function closed(url) {
  /** @type {Record<string, number>} */
  const spare = {
    ")": url.split(")").length - url.split("(").length,
    "]": url.split("]").length - url.split("[").length,
  };
  let end = url.length;
  while (SENTENCE_ENDS.includes(url[end - 1]) || spare[url[end - 1]] > 0) {
    end--;
    if (url[end] in spare) spare[url[end]]--;
  }
  return url.slice(0, end).endsWith("://") ? "" : url.slice(0, end);
}

/** @param {StateCore} state */
function dress(state) {
  state.tokens.forEach((token, at) => {
    if (token.type === "inline") {
      dressInline(token.children ?? []);
      if (at > 1 && state.tokens[at - 2].type === "list_item_open")
        findTask(state.tokens[at - 2], token, state);
    } else if (token.type === "heading_open" || token.type === "heading_close") {
      token.tag = `h${Math.min(Number(token.tag[1]) + 2, 6)}`;
    } else if (token.type === "th_open" || token.type === "td_open") {
      const style = token.attrGet("style");
      if (style !== null) token.attrs = [["class", String(style).replace("text-align:", "align-")]];
    }
    if (token.nesting === 1 && token.level === 0) token.attrSet("dir", "auto");
  });
}

/** @param {Token[]} tokens */
function dressInline(tokens) {
  let inside = false;
  for (const token of tokens) {
    if (token.type === "link_open") {
      inside = true;
      token.attrSet("rel", REL);
      token.attrSet("target", "_blank");
    } else if (token.type === "link_close") {
      inside = false;
    } else if (token.type === "image") {
      token.meta = { inside };
    }
  }
}

/** @param {Token} item @param {Token} inline @param {StateCore} state */
function findTask(item, inline, state) {
  const first = inline.children?.[0];
  const found = first?.type === "text" && TASK.exec(first.content);
  if (!first || !found) return;
  item.attrJoin("class", "task");
  first.content = first.content.slice(found[0].length);
  const box = new state.Token("task", "input", 0);
  box.content = found[1].trim();
  inline.children = [box, ...(inline.children ?? []), new state.Token("task_close", "label", -1)];
}

/** @param {StateInline} state @param {boolean} silent */
function inlineMath(state, silent) {
  const pair = state.src.slice(state.pos, state.pos + 2);
  const pattern = INLINE_MATH[pair] ?? INLINE_MATH[pair[0]];
  if (!pattern) return false;
  pattern.lastIndex = state.pos;
  const found = pattern.exec(state.src);
  const tex = found && strip(found[1], BLANK);
  if (!found || !tex || pattern.lastIndex > state.posMax) return false;
  if (!silent) {
    const token = state.push("math", "span", 0);
    token.content = tex;
    token.markup = pair;
    token.info = pair in BLOCK_ENDS ? "block" : "inline";
  }
  state.pos = pattern.lastIndex;
  return true;
}

/** @param {StateBlock} state @param {number} start @param {number} end @param {boolean} silent */
function blockMath(state, start, end, silent) {
  const at = state.bMarks[start] + state.tShift[start];
  const opener = state.src.slice(at, at + 2);
  const closer = BLOCK_ENDS[opener];
  if (!closer || state.sCount[start] - state.blkIndent >= 4) return false;
  const found = lastLine(state, start, end, opener, closer);
  // A formula that is still being written keeps its signs, unless it goes on and on: then it is none.
  const last = found ?? (state.env["growing"] && end - start < GROWING ? end - 1 : null);
  if (last === null || last === NONE) return false;
  if (!silent) {
    const lines = strip(state.getLines(start, last + 1, state.sCount[start], false), BLANK);
    const token = state.push("math_block", "p", 0);
    token.content = strip(lines.slice(2, found === null ? undefined : -2), BLANK);
    token.markup = opener;
    token.map = [start, last + 1];
    state.line = last + 1;
  }
  return true;
}

/**
 * The line with the end of the formula, NONE if there is no formula, null if the text ends before either is known.
 *
 * @param {StateBlock} state @param {number} start @param {number} end @param {string} opener @param {string} closer
 */
function lastLine(state, start, end, opener, closer) {
  const first = lineOf(state, start).slice(2);
  if (first.includes(closer)) {
    const alone = first.indexOf(closer) === first.length - 2 && strip(first, BLANK) !== closer;
    return alone ? start : NONE;
  }
  for (let line = start + 1; line < end; line++) {
    const text = lineOf(state, line);
    if (text && state.sCount[line] < state.blkIndent) return NONE;
    if (text.endsWith(closer)) return text.indexOf(closer) === text.length - 2 ? line : NONE;
    if (text.startsWith(opener)) return NONE;
  }
  return null;
}

/** @param {StateBlock} state @param {number} line */
function lineOf(state, line) {
  return strip(state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]), BLANK);
}

/**
 * What Python's `str.strip` does; a regular expression would walk long runs of blanks again and again.
 *
 * @param {string} text @param {string} blanks
 */
function strip(text, blanks) {
  let [from, to] = [0, text.length];
  while (from < to && blanks.includes(text[from])) from++;
  while (to > from && blanks.includes(text[to - 1])) to--;
  return text.slice(from, to);
}
