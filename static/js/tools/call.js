// A call of a tool while it waits or runs: its phase with a clock, its result as plain text, its end.
// To replies.js it is a reply like any other.

import { clock, duration, slot } from "../message.js";
import { Offsets } from "../replies/reply.js";

export class Call {
  content = new Offsets();
  thinking = new Offsets();
  isAwaiting = false;
  isStopping = false;

  #phase = "queued";
  #began = performance.now();
  #ticking = 0;

  /**
   * @param {HTMLElement} article
   * @param {Page["faults"]} faults
   * @param {import("../replies/reply.js").Listener} listener
   */
  constructor(article, faults, listener) {
    this.article = article;
    this.faults = faults;
    this.listener = listener;
    if ("asking" in article.dataset) this.#phase = "approval";
    else if (article.dataset["state"] === "streaming") this.#phase = "running";
    this.#ticking = window.setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  phase(/** @type {{phase: string, elapsed: number}} */ event) {
    if (event.phase !== this.#phase) this.#began = performance.now();
    this.#phase = event.phase;
    this.article.dataset["state"] = event.phase === "running" ? "streaming" : "queued";
    this.#ask(event.phase === "approval");
    this.#tick();
  }

  delta(/** @type {EventMap["reply.delta"]} */ event) {
    if (this.isAwaiting) return;
    const text = this.content.take(event.at, event.text);
    if (text === null) this.miss();
    else this.#write();
  }

  miss() {
    this.isAwaiting = true;
    this.listener.missed(this.content.length, 0);
  }

  text(/** @type {EventMap["reply.text"]} */ event) {
    this.isAwaiting = false;
    if (event.content_at === 0) this.content = new Offsets();
    if (this.content.take(event.content_at, event.content) === null) this.listener.missed(0, 0);
    this.#write();
    if (event.phase) this.phase({ ...event, phase: event.phase });
  }

  /** Whether the shown result is as long as the stored one. */
  finish(/** @type {EventMap["reply.finished"]} */ event) {
    const { dataset } = this.article;
    this.drop();
    this.#ask(false);
    dataset["state"] = event.state;
    dataset["error"] = event.error?.code ?? "";
    this.#say(this.#ending(event));
    return !this.isAwaiting && this.content.length === event.content_length;
  }

  drop() {
    clearInterval(this.#ticking);
  }

  #ending(/** @type {EventMap["reply.finished"]} */ { state, error, metrics }) {
    if (state === "stopped") return gettext("Stopped");
    if (state === "interrupted") return gettext("Interrupted");
    if (state === "failed") return this.faults[error?.code ?? "internal"]?.text ?? "";
    return metrics.total_ms == null ? "" : duration(metrics.total_ms);
  }

  /** Show or put away the question whether it may run. */
  #ask(/** @type {boolean} */ isAsking) {
    const { article } = this;
    const details = article.querySelector("details");
    if (isAsking === "asking" in article.dataset) return;
    if (details) details.open = isAsking;
    if (!isAsking) {
      const hadFocus = article.querySelector(".asking")?.contains(document.activeElement);
      delete article.dataset["asking"];
      if (hadFocus) article.querySelector("summary")?.focus({ preventScroll: true });
      return;
    }
    article.dataset["asking"] = "";
    for (const button of article.querySelectorAll(".asking button")) button.removeAttribute("disabled");
    const values = { tool: slot(article, "tool-name")?.textContent };
    const words = interpolate(gettext("%(tool)s waits for your approval"), values, true);
    article.dispatchEvent(new CustomEvent("announce", { bubbles: true, detail: words }));
  }

  #write() {
    for (const name of ["result-title", "content"]) {
      const element = slot(this.article, name);
      if (element) element.hidden = this.content.length === 0;
    }
    const result = slot(this.article, "content");
    if (result) result.textContent = this.content.text;
  }

  #say(/** @type {string} */ words) {
    const how = slot(this.article, "how");
    if (how && how.textContent !== words) how.textContent = words;
  }

  #tick() {
    const elapsed = performance.now() - this.#began;
    if (this.#phase === "approval") this.#say(gettext("Waits for you"));
    else if (this.#phase !== "running") this.#say(gettext("Waiting"));
    else this.#say(elapsed < 1000 ? gettext("Running") : `${gettext("Running")} · ${clock(elapsed)}`);
  }
}
