// What a reply is known by, shown around it: the gauge of the context, turns that are not read any more, answers in a
// form. Loaded when the person starts to write, or some seconds after a page with messages.

import { metricsOf } from "../message.js";
import { Gauge } from "./gauge.js";
import { place } from "./structured.js";
import { mark } from "./unread.js";

export class Insight {
  /** Answers whose form was asked for. @type {WeakSet<HTMLElement>} */
  #asked = new WeakSet();

  constructor(/** @type {Page} */ page) {
    this.page = page;
    this.gauge = new Gauge(page);
    const { live } = page;
    for (const type of /** @type {const} */ (["reply.finished", "asked"]))
      live.on(type, (event) => event.conversation === page.conversation && this.#look());
    live.on("path.changed", () => this.gauge.look());
    this.#look();
    this.changed();
  }

  /** Other messages are on the page. */
  mark() {
    mark(this.page.transcript);
  }

  /** Messages came, or one ended. The answer may have ended before this file was there, or be taken in after it. */
  changed() {
    this.mark();
    for (const article of this.page.transcript.articles) {
      // Few are in a form: the others are not parsed for it.
      const mayBe = article.dataset["metrics"]?.includes('"format"') && !this.#asked.has(article);
      if (!mayBe || !metricsOf(article).format) continue;
      this.#asked.add(article);
      place(this.page, article).catch(() => this.#asked.delete(article)); // with what happens next
    }
  }

  /** Once the composer has taken in what was asked. */
  #look() {
    setTimeout(() => this.gauge.look());
  }
}

/** @type {Insight | null} */
let insight = null;

/** The one of the page. */
export function attach(/** @type {Page} */ page) {
  return (insight ??= new Insight(page));
}
