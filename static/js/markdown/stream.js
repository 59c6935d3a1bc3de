/**
 * A reply while it streams. `Blocks` decides what is finished and turns it into HTML once; `MarkdownStream` draws it,
 * at most once a frame and within a budget, touching only what changed.
 */
import { fragment, patch } from "./html.js";

const BUDGET = 5; // milliseconds a paint may take before the next one waits
const REST = 3; // times the cost of a paint that went over the budget
const FALLBACK = 250; // milliseconds: a hidden tab has no frames
const RETRY = 2000; // milliseconds until the parser is asked for again
const LINES_A_NODE = 64;
const PARSER = "../../vendor/markdown-it/markdown-it.umd.min.js";

/** @typedef {import("./rules.js").MarkdownIt} MarkdownIt */
/** @typedef {{ frozen: string, live: string } | { code: string }} Step */
/** @typedef {{ end: RegExp, mayEnd: RegExp, at: number, line: number }} Fence */

/** @type {Promise<MarkdownIt> | undefined} */
let loading;
/** @type {MarkdownIt | undefined} */
let parser;

let failures = 0;

/** Load the parser; ask for it at idle, so that the first reply finds it. */
export function ready() {
  loading ??= load().catch((error) => {
    loading = undefined;
    failures += 1;
    throw error;
  });
  return loading;
}

async function load() {
  // Some browsers ask no second time for a module that did not come: by another name they do.
  const again = failures ? `#${failures}` : "";
  const [{ createParser }] = await Promise.all([import("./rules.js"), import(PARSER + again)]);
  const { markdownit } = /** @type {any} */ (globalThis);
  return (parser = createParser(markdownit));
}

/** The source of a reply, cut into blocks that are finished and one that still grows. No DOM. */
export class Blocks {
  #text = "";
  #from = 0; // where the growing block begins
  #tried = 0; // up to where complete lines were looked at
  /** @type {{ references?: Record<string, any> }} */
  #env = {};
  /** @type {Fence | null} */
  #fence = null;
  #frozen = "";
  #live = "";

  /** @param {MarkdownIt} md */
  constructor(md) {
    this.md = md;
  }

  /** All the HTML so far. */
  get html() {
    return this.#frozen + this.#live;
  }

  /**
   * What to draw now that the source is `text`, which begins with the source of the step before.
   *
   * @param {string} text
   * @returns {Step}
   */
  step(text) {
    this.#text = text;
    const code = this.#fence && this.#more(this.#fence);
    if (code !== null) return { code };
    this.#fence = null;
    return this.#parse();
  }

  /** The last step: every block is finished. */
  end() {
    this.#fence = null;
    return this.#parse(true);
  }

  #parse(isEnd = false) {
    const frozen = this.#freeze();
    const rest = this.#text.slice(this.#from);
    this.#frozen += frozen;
    this.#live = this.md.render(rest, { references: { ...this.#env.references }, growing: !isEnd });
    this.#open(rest);
    return { frozen, live: this.#live };
  }

  /** Half a line decides nothing: `2` may become `2.` and go on with a list. */
  #freeze() {
    const end = this.#text.lastIndexOf("\n") + 1;
    if (end <= this.#tried) return "";
    this.#tried = end;
    const source = this.#text.slice(this.#from, end);
    const line = lastBlock(this.md, source);
    if (line === 0) return "";
    const cut = offsetOf(source, line);
    this.#from += cut;
    return this.md.render(source.slice(0, cut), this.#env);
  }

  /** Inside an open fence nothing needs parsing, however long it grows. */
  #open(/** @type {string} */ rest) {
    const found = /^(`{3,}(?=[^`\n]*\n)|~{3,})[^\n]*\n/.exec(rest);
    if (!found || rest.includes("\r")) return;
    const mark = `[${found[1][0]}]`;
    const end = new RegExp(`^ {0,3}${mark}{${found[1].length},}[ \\t]*$`, "m");
    if (end.test(rest.slice(found[0].length))) return;
    const mayEnd = new RegExp(`^ {0,3}${mark}*[ \\t]*$`);
    const text = this.#text;
    const line = text.lastIndexOf("\n") + 1;
    if (line === text.length || !mayEnd.test(text.slice(line)))
      this.#fence = { end, mayEnd, at: text.length, line };
  }

  #more(/** @type {Fence} */ fence) {
    const text = this.#text;
    const end = text.lastIndexOf("\n") + 1;
    const fresh = text.slice(fence.at);
    if (fresh.includes("\r") || fence.end.test(text.slice(fence.line, end))) return null;
    const until = fence.at <= end && fence.mayEnd.test(text.slice(end)) ? end : text.length;
    const code = text.slice(fence.at, until);
    fence.at = until;
    fence.line = end;
    return code.replace(/[\v\f]/g, " ");
  }
}

/** The line where the last top-level block of `source` begins. */
function lastBlock(/** @type {MarkdownIt} */ md, /** @type {string} */ source) {
  /** @type {import("./rules.js").Token[]} */
  const tokens = [];
  md.block.parse(source.replace(/\r\n?/g, "\n"), md, { growing: true }, tokens);
  return tokens.findLast((token) => token.level === 0 && token.nesting >= 0)?.map?.[0] ?? 0;
}

function offsetOf(/** @type {string} */ source, /** @type {number} */ line) {
  const breaks = /\r\n?|\n/g;
  for (let count = 0; count < line; count++) breaks.exec(source);
  return breaks.lastIndex;
}

export class MarkdownStream {
  #target;
  #text = "";
  /** @type {Blocks | null} */
  #blocks = null;
  #isFinished = false;
  #isWaiting = false; // for the parser
  #firstLive = 0; // how many child nodes are finished
  /** @type {{ element: Element, lines: number } | null} */
  #code = null;
  #notBefore = 0;
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];

  /** @param {Element} target */
  constructor(target) {
    this.#target = target;
  }

  /** The source, whatever of it is drawn yet. */
  get text() {
    return this.#text;
  }

  append(/** @type {string} */ text) {
    this.#text += text;
    if (text && !this.#isFinished) this.#schedule();
  }

  /** Draw all there is, as the server would, and set formulas and colours. */
  finish() {
    this.#isFinished = true;
    this.#cancel();
    if (this.#text) this.#paint();
  }

  #schedule() {
    if (this.#timers.length > 0) return;
    const paint = () => this.#paint();
    const frame = () => (this.#frame = requestAnimationFrame(paint));
    const wait = Math.max(0, this.#notBefore - performance.now());
    this.#timers.push(setTimeout(paint, wait + FALLBACK));
    if (wait === 0) frame();
    else this.#timers.push(setTimeout(frame, wait));
  }

  #cancel() {
    cancelAnimationFrame(this.#frame);
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
  }

  #paint() {
    this.#cancel();
    if (!parser) {
      this.#plain();
      return;
    }
    const began = performance.now();
    if (!this.#blocks) this.#begin(parser);
    const blocks = /** @type {Blocks} */ (this.#blocks);
    if (this.#isFinished) this.#complete(blocks);
    else this.#draw(blocks.step(this.#text));
    const cost = performance.now() - began;
    if (cost > BUDGET) this.#notBefore = performance.now() + REST * cost;
  }

  /** The text as it is, until the parser has come. */
  #plain() {
    this.#target.toggleAttribute("data-plain", true);
    this.#target.textContent = this.#text;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const again = () => {
      this.#isWaiting = false;
      this.#paint();
    };
    ready().then(again, () => setTimeout(again, RETRY));
  }

  #begin(/** @type {MarkdownIt} */ md) {
    this.#blocks = new Blocks(md);
    this.#target.toggleAttribute("data-plain", false);
    this.#target.replaceChildren();
  }

  #draw(/** @type {Step} */ step) {
    if ("code" in step) {
      this.#type(step.code);
      return;
    }
    this.#code?.element.normalize();
    const fresh = fragment(step.frozen);
    const count = fresh.childNodes.length;
    fresh.append(fragment(step.live));
    patch(this.#target, fresh, this.#firstLive);
    const finished = [...this.#target.childNodes].slice(this.#firstLive, this.#firstLive + count);
    this.#firstLive += count;
    const last = this.#target.lastElementChild;
    const element = last?.matches("figure.code") ? last.querySelector("code") : null;
    this.#code = element && { element, lines: 0 };
    enrich(finished);
  }

  /** Long code in pieces: the browser lays out the last one again, not all. */
  #type(/** @type {string} */ text) {
    const code = this.#code;
    if (!code || !text) return;
    code.lines += text.split("\n").length - 1;
    const last = code.element.lastChild;
    if (last instanceof Text && code.lines < LINES_A_NODE) {
      last.appendData(text);
      return;
    }
    code.lines = 0;
    code.element.append(text);
  }

  /** What the whole source gives at once counts; it is the same but for rare cases such as late link definitions. */
  #complete(/** @type {Blocks} */ blocks) {
    this.#draw(blocks.end());
    const html = blocks.md.render(this.#text);
    if (html !== blocks.html) {
      this.#firstLive = 0;
      patch(this.#target, fragment(html));
    }
    enrich([...this.#target.childNodes].slice(this.#firstLive));
  }
}

/** Formulas, colours and buttons, for blocks that will not change any more. */
async function enrich(/** @type {ChildNode[]} */ nodes) {
  const rich = nodes.filter(
    (node) => node instanceof Element && node.matches("figure.code, .table, :has(.math, pre)"),
  );
  if (rich.length === 0) return;
  const { hydrate } = await import("./hydrate.js");
  for (const node of rich) hydrate(/** @type {Element} */ (node));
}
