// What a reply is known by, shown around it: the gauge of the context, turns that are not read any more, answers in a
// form. Loaded when the person starts to write, or some seconds after a page with messages.

import { metricsOf } from "../message.js";
import { Gauge } from "./gauge.js";
import { place } from "./structured.js";
import { mark } from "./unread.js";

export class Insight {
  constructor(/** @type {Page} */ page) {
    this.page = page;
    this.gauge = new Gauge(page);
    const { live } = page;
    live.on(
      "reply.finished",
      (event) => event.conversation === page.conversation && this.#ended(event.reply),
    );
    live.on("asked", (event) => event.conversation === page.conversation && this.#ended(0));
    live.on("path.changed", () => this.gauge.look());
    this.#ended(0);
  }

  /** Other messages are on the page. */
  mark() {
    mark(this.page.transcript);
  }

  /** Something was asked or has ended: once the transcript has taken it in, what is known of it is shown. */
  #ended(/** @type {number} */ reply) {
    setTimeout(() => {
      const article = reply ? this.page.transcript.find(reply) : null;
      if (article && metricsOf(article).format) place(this.page, article);
      this.mark();
      this.gauge.look();
    });
  }
}

/** @type {Insight | null} */
let insight = null;

/** The one of the page. */
export function attach(/** @type {Page} */ page) {
  return (insight ??= new Insight(page));
}
