// The path that is shown: fetched again, swapped, and continued upwards into the past.
// Articles that already show what the server sends stay in place, so that nothing flickers.

import { fragment } from "./markdown/html.js";
import { fill, isRunning } from "./message.js";

export class Path {
  #isPaging = false;
  #turn = 0;
  #fetching = 0;

  constructor(/** @type {import("./transcript.js").Transcript} */ transcript) {
    this.transcript = transcript;
    this.page = transcript.page;
  }

  /** Whether the chosen path is on its way; it may be older than what is told meanwhile. */
  get isFetching() {
    return this.#fetching > 0;
  }

  /** Fetch the chosen path again. */
  async refresh() {
    const turn = (this.#turn += 1);
    this.#fetching += 1;
    try {
      const response = await this.page.request(`/c/${this.page.conversation}/path/`);
      const html = await response.text();
      if (turn === this.#turn) this.#show(html);
    } catch {
      // Offline or gone: the next `opened` compares again.
    } finally {
      this.#fetching -= 1;
    }
  }

  /** Show the path that the person has chosen. One on its way since before may be older: it is asked for again. */
  swap(/** @type {string} */ html) {
    const isOvertaken = this.isFetching;
    this.#show(html);
    if (isOvertaken) void this.refresh();
  }

  /** Show another path: the fragment's articles replace everything from its first one on. */
  #show(/** @type {string} */ html) {
    const { transcript } = this;
    const root = fragment(html).querySelector(".page");
    if (!(root instanceof HTMLElement)) return;
    const fresh = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("article")]);
    const change = () => this.#replace(root, fresh);
    if (transcript.scroller.isPinned) change();
    else transcript.scroller.keep(change);
    transcript.swapped(root);
  }

  #replace(/** @type {HTMLElement} */ root, /** @type {HTMLElement[]} */ fresh) {
    const { transcript } = this;
    const articles = transcript.articles;
    const from = fresh[0]
      ? articles.findIndex((old) => old.dataset["message"] === fresh[0].dataset["message"])
      : -1;
    const old = articles.slice(Math.max(0, from));
    const kept = new Map(old.map((article) => [article.dataset["message"], article]));
    const stored = new Set(fresh.map((article) => article.dataset["clientId"]).filter(Boolean));
    if (from < 0) transcript.column.replaceChildren();
    for (const article of old) article.remove();
    transcript.column.append(root);
    for (const article of fresh) this.#settle(article, kept.get(article.dataset["message"]));
    for (const article of old) {
      const { message, clientId = "" } = article.dataset;
      if (!message && !stored.has(clientId) && this.page.outbox.find(clientId)) transcript.add(article);
    }
  }

  /** `article` takes the place of the old one with the same number, unless that shows the same or is being written. */
  #settle(/** @type {HTMLElement} */ article, /** @type {HTMLElement | undefined} */ old) {
    const same = (/** @type {string} */ key) => old?.dataset[key] === article.dataset[key];
    const isSame = !isRunning(article) && same("state") && same("siblings") && same("metrics");
    const isWritten =
      old !== undefined && isRunning(article) && isRunning(old) && this.transcript.isWriting(old);
    if (old && (isSame || isWritten)) {
      article.replaceWith(old);
      return;
    }
    fill(article, this.page.faults);
    const id = Number(article.dataset["message"]);
    if (isRunning(article)) this.page.live.send({ type: "resume", reply: id, content_at: 0, thinking_at: 0 });
  }

  /** Put the messages before the first ones above them, without moving what is read. */
  async older() {
    const { transcript } = this;
    const first = /** @type {HTMLElement | null} */ (transcript.column.querySelector(".page"));
    const before = first?.dataset["before"];
    if (!first || !before || this.#isPaging) return;
    this.#isPaging = true;
    try {
      const response = await this.page.request(`/c/${this.page.conversation}/path/?before=${before}`);
      const root = fragment(await response.text()).querySelector(".page");
      if (root instanceof HTMLElement && first.isConnected) {
        for (const article of root.querySelectorAll("article")) fill(article, this.page.faults);
        transcript.scroller.keep(() => first.before(root));
        first.dataset["before"] = "";
        transcript.hydrate(root);
      }
    } catch {
      // Tried again with the next movement.
    } finally {
      this.#isPaging = false;
    }
  }
}
