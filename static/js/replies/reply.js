// A reply while it is being written: its text by offsets in code points, its phase with a clock, its end.
// Which replies a page has is replies.js's.

import { MarkdownStream } from "../markdown/stream.js";
import { clock, duration, fill, isRunning, phaseText, slot, thinkingLabel } from "../message.js";

const SURROGATE = /[\ud800-\udfff]/;

/** How many Unicode code points `text` has. */
export function codePoints(/** @type {string} */ text) {
  if (!SURROGATE.test(text)) return text.length;
  return [...text].length;
}

/** `text` without its first `count` code points. */
export function without(/** @type {string} */ text, /** @type {number} */ count) {
  if (!SURROGATE.test(text)) return text.slice(count);
  return [...text].slice(count).join("");
}

/** The offsets of one part of a reply: what comes twice is dropped, what is missing is noticed. */
export class Offsets {
  length = 0;
  text = "";

  /**
   * What of `text` is new, or null when something between is missing.
   * @param {number} at
   * @param {string} text
   */
  take(at, text) {
    if (at > this.length) return null;
    const fresh = at === this.length ? text : without(text, this.length - at);
    this.length += codePoints(fresh);
    this.text += fresh;
    return fresh;
  }
}

/**
 * @typedef {object} Listener
 * @property {(text: string) => void} wrote new text of the reply itself
 * @property {(content: number, thinking: number) => unknown} missed text is wanted from these offsets
 */

export class Reply {
  content = new Offsets();
  thinking = new Offsets();
  /** Whether missing text was asked for and has not come. */
  isAwaiting = false;
  /** Stop was pressed: what arrives from now on is not shown. */
  isStopping = false;

  #phase = "";
  /** @type {number | null} */
  #position = null;
  #began = performance.now();
  #thinkingBegan = 0;
  #thinkingTook = 0;
  #heldThinking = "";
  #ticking = 0;
  /** When it is about its turn, by `performance.now()`; 0 when nobody knows. */
  #turn = 0;
  /** @type {MarkdownStream | null} */
  #contentStream = null;
  /** @type {MarkdownStream | null} */
  #thinkingStream = null;

  /**
   * @param {HTMLElement} article
   * @param {Page["faults"]} faults
   * @param {Listener} listener
   */
  constructor(article, faults, listener) {
    this.article = article;
    this.faults = faults;
    this.listener = listener;
    this.details = /** @type {HTMLDetailsElement | null} */ (article.querySelector(".thinking"));
    this.details?.addEventListener("toggle", () => this.#releaseThinking());
    if (!isRunning(article)) this.#enter("queued");
    fill(article, faults);
    this.#ticking = window.setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  get id() {
    return Number(this.article.dataset["message"]);
  }

  phase(
    /** @type {{phase: string, position: number | null, wait?: number | null, elapsed: number}} */ event,
  ) {
    this.#phase = event.phase;
    this.#position = event.position;
    this.#turn = event.wait ? performance.now() + event.wait * 1000 : 0;
    this.#began = performance.now() - event.elapsed;
    const state = { queued: "queued", loading: "loading" }[event.phase] ?? "streaming";
    this.#enter(state);
    this.#tick();
  }

  delta(/** @type {EventMap["reply.delta"]} */ event) {
    if (this.isStopping || this.isAwaiting) return;
    const text = this[event.part].take(event.at, event.text);
    if (text === null) this.miss();
    else this.#write(event.part, text);
  }

  /** Ask for what is missing. */
  miss() {
    this.isAwaiting = true;
    this.listener.missed(this.content.length, this.thinking.length);
  }

  /** All the text from some offsets on: the answer to a gap, or the state at (re)connection. */
  text(/** @type {EventMap["reply.text"]} */ event) {
    this.isAwaiting = false;
    const content = this.content.length;
    if (event.content_at === 0 && event.thinking_at === 0 && !this.#extends(event)) this.#reset();
    if (event.content_at > this.content.length || event.thinking_at > this.thinking.length) {
      this.listener.missed(0, 0);
      return;
    }
    this.#write("thinking", this.thinking.take(event.thinking_at, event.thinking) ?? "");
    this.#write("content", this.content.take(event.content_at, event.content) ?? "", content > 0);
    if (event.phase) this.phase({ ...event, phase: event.phase });
  }

  /** Whether what comes begins with what is shown; if not (the server lost some of it), all is drawn anew. */
  #extends(/** @type {EventMap["reply.text"]} */ event) {
    const isOurs = this.#contentStream !== null || !slot(this.article, "content")?.hasChildNodes();
    return (
      isOurs && event.content.startsWith(this.content.text) && event.thinking.startsWith(this.thinking.text)
    );
  }

  /** Whether the shown text is as long as the stored one. */
  finish(/** @type {EventMap["reply.finished"]} */ event) {
    const whole =
      !this.isAwaiting &&
      this.content.length === event.content_length &&
      this.thinking.length === event.thinking_length;
    clearInterval(this.#ticking);
    this.#releaseThinking(true);
    this.#contentStream?.finish();
    this.#thinkingStream?.finish();
    const { dataset } = this.article;
    dataset["reason"] = event.reason;
    dataset["metrics"] = JSON.stringify({
      ...(this.#thinkingTook ? { thinking_ms: this.#thinkingTook } : {}),
      ...event.metrics,
    });
    dataset["error"] = event.error?.code ?? "";
    dataset["detail"] = event.error?.detail ?? "";
    this.article.toggleAttribute("data-empty", this.content.text.trim() === "" && event.reason !== "length");
    this.#enter(event.state);
    fill(this.article, this.faults);
    slot(this.article, "phase")?.replaceChildren();
    return whole;
  }

  /** The article left the page. */
  drop() {
    clearInterval(this.#ticking);
  }

  #reset() {
    this.content = new Offsets();
    this.thinking = new Offsets();
    this.#heldThinking = "";
    this.#contentStream = this.#thinkingStream = null;
    for (const part of ["content", "thinking"]) {
      // Another element: the stream before may still have a paint to come.
      const element = slot(this.article, part);
      element?.replaceWith(element.cloneNode(false));
    }
  }

  #enter(/** @type {string} */ state) {
    if (this.article.dataset["state"] !== state) this.article.dataset["state"] = state;
  }

  #write(/** @type {Part} */ part, /** @type {string} */ text, isCatchingUp = false) {
    if (text === "") return;
    if (part === "thinking") {
      this.#think(text);
      return;
    }
    if (this.#thinkingBegan && !this.#thinkingTook) this.#thought();
    this.#contentStream ??= this.#stream("content");
    this.#contentStream?.append(text);
    if (!isCatchingUp) this.listener.wrote(text);
  }

  #stream(/** @type {Part} */ part) {
    const target = slot(this.article, part);
    return target ? new MarkdownStream(target) : null;
  }

  #think(/** @type {string} */ text) {
    this.#thinkingBegan ||= performance.now();
    this.#heldThinking += text;
    if (this.details?.hidden) {
      this.details.hidden = false;
      this.#label();
    }
    if (this.details?.open) this.#releaseThinking();
  }

  #thought() {
    this.#thinkingTook = performance.now() - this.#thinkingBegan;
    this.#label();
  }

  /** A closed block costs nothing: its text is drawn when it is opened, or when the reply ends. */
  #releaseThinking(isEnd = false) {
    if (!this.#heldThinking || !(isEnd || this.details?.open)) return;
    this.#thinkingStream ??= this.#stream("thinking");
    this.#thinkingStream?.append(this.#heldThinking);
    this.#heldThinking = "";
  }

  #label() {
    const label = slot(this.article, "thinking-label");
    if (label) label.textContent = thinkingLabel(!this.#thinkingTook, this.#thinkingTook);
  }

  #tick() {
    const elapsed = performance.now() - this.#began;
    const phase = slot(this.article, "phase");
    const words = phaseText(this.#phase, this.#position, this.#turn - performance.now());
    if (phase) phase.textContent = elapsed < 1000 ? words : `${words} · ${clock(elapsed)}`;
    if (this.#thinkingBegan && !this.#thinkingTook) {
      const label = slot(this.article, "thinking-label");
      const time = duration(Math.floor((performance.now() - this.#thinkingBegan) / 1000) * 1000);
      if (label) label.textContent = `${thinkingLabel(true)} · ${time}`;
    }
  }
}
