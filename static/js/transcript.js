// The messages on the page: what is asked, what streams in, which path is shown. A reply's text while it is written
// is in replies/, where the page stands is scroll.js's, what the buttons do is actions.js's.

import { blank, draw, describe, fill, isRunning, showFiles, slot } from "./message.js";
import { Scroller } from "./scroll.js";

/** @typedef {import("./outbox.js").Pending} Pending */

/** After so many milliseconds what nobody waits for is loaded. */
const QUIET = 3000;

export class Transcript extends HTMLElement {
  page = /** @type {Page} */ ({});
  log = /** @type {HTMLElement} */ (this.querySelector(".log"));
  column = /** @type {HTMLElement} */ (this.querySelector(".column"));
  scroller = new Scroller(this.log, this.column, this.querySelector(".jump"));
  /** Called when a reply starts or ends here. */
  onrunning = () => {};
  /** @type {(text: string, isEnd: boolean) => void} */
  onwrote = () => {};
  /** While the person's own request for a path is under way, its event is not news. */
  ownPath = 0;
  /** The client ids of what this tab asked for besides new messages. @type {Set<string>} */
  own = new Set();

  /** @type {import("./replies/replies.js").Replies | null} */
  #replies = null;
  /** @type {ReplyEvent[]} */
  #held = [];
  /** @type {import("./insight/insight.js").Insight | null} */
  #insight = null;
  /** @type {import("./path.js").Path | null} */
  #path = null;
  /** Where the path ended that was told of while one was on its way. @type {number | null | undefined} */
  #told = undefined;
  #comparedAt = 0;

  attach(/** @type {Page} */ page) {
    this.page = page;
    this.scroller.onmove = (isNearTop) => isNearTop && this.#older();
    for (const article of this.articles) fill(article, page.faults);
    this.hydrate(this.column);
    if (this.running) this.prepare();
    else if (this.articles.length) setTimeout(() => this.#look(), QUIET);
    const { live } = page;
    live.on("opened", (event) => this.#opened(event));
    live.on("asked", (event) => this.#asked(event));
    for (const type of /** @type {const} */ (["phase", "delta", "text", "finished", "restarted"])) {
      live.on(`reply.${type}`, (event) => event.conversation === page.conversation && this.#take(event));
    }
    live.on("path.changed", (event) => this.#pathChanged(event));
    live.on("pong", (event) => this.#replies?.compare(event.offsets));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("announce", (event) => page.announce(/** @type {CustomEvent} */ (event).detail));
  }

  /** @returns {HTMLElement[]} */
  get articles() {
    return [...this.column.querySelectorAll("article")];
  }

  /** The last stored message shown. */
  get leaf() {
    const last = this.articles.findLast((article) => article.dataset["message"]);
    return Number(last?.dataset["message"]) || null;
  }

  /** The article of the reply that is being written. */
  get running() {
    return this.articles.findLast(isRunning) ?? null;
  }

  find(/** @type {number} */ id) {
    return /** @type {HTMLElement | null} */ (this.column.querySelector(`article[data-message="${id}"]`));
  }

  /** What was sent and is not stored yet. */
  findPending(/** @type {string} */ clientId) {
    const selector = `article[data-client-id="${CSS.escape(clientId)}"][data-message=""]`;
    return /** @type {HTMLElement | null} */ (this.column.querySelector(selector));
  }

  /** Load what draws a running reply, ahead of its first word. */
  async prepare() {
    if (!this.#insight) this.#look();
    if (this.#replies) return;
    try {
      const { Replies } = await import("./replies/replies.js");
      this.#replies ??= new Replies(this);
    } catch {
      return; // without a server; its events will ask again
    }
    for (const event of this.#held.splice(0)) this.#take(event);
  }

  /** Load what shows how replies came about. */
  #look() {
    import("./insight/insight.js").then(
      (insight) => (this.#insight = insight.attach(this.page)),
      () => {
        // Without a server; asked again with the next word.
      },
    );
  }

  /** Show what was sent before the server has it. */
  say(/** @type {Pending} */ pending) {
    this.prepare();
    const { client_id: clientId, text } = pending.ask;
    let article = this.findPending(clientId);
    if (!article) {
      article = blank("user");
      article.dataset["clientId"] = clientId;
      article.dataset["created"] = new Date(pending.at).toISOString();
      /** @type {HTMLElement} */ (slot(article, "content")).textContent = text;
      if (pending.files?.length) showFiles(article, pending.files);
      this.add(article);
      fill(article, this.page.faults);
    }
    article.dataset["state"] = pending.refused ? "unsent" : "sending";
    const words = pending.refused && `${pending.refused.text} ${pending.refused.advice}`;
    const note = slot(article, "unsent-text");
    if (words && note) note.textContent = words;
    this.scroller.follow(article);
    this.changed();
  }

  /** Stop the running reply at what is shown; whether there was one. */
  stop() {
    const article = this.running;
    if (!article) return false;
    const id = Number(article.dataset["message"]);
    void (this.#replies?.stop(id) ?? this.page.live.soon({ type: "stop", reply: id, shown: null }));
    return true;
  }

  /** Fetch the chosen path again. */
  async refresh() {
    await (await this.#paths()).refresh();
  }

  /** Show the path in `html`. */
  async swap(/** @type {string} */ html) {
    (await this.#paths()).swap(html);
  }

  async #older() {
    if (this.#before) await (await this.#paths()).older();
  }

  /** The message above which there are more; empty at the beginning. */
  get #before() {
    return this.column.querySelector(".page")?.getAttribute("data-before");
  }

  async #paths() {
    const { Path } = await import("./path.js");
    return (this.#path ??= new Path(this));
  }

  /** Another path is in place under `root`. */
  swapped(/** @type {HTMLElement} */ root) {
    this.#replies?.forgetGone();
    this.hydrate(root);
    this.changed();
    this.catchUp();
  }

  /** What was on its way has come, or never will: compare it with what was told meanwhile. */
  catchUp() {
    if (this.#told !== undefined && this.#told !== this.leaf) this.refresh();
    this.#told = undefined;
  }

  /** The path ends at `leaf` now. Whether that can be compared: not while one is on its way, which may be older. */
  #isComparable(/** @type {number | null} */ leaf) {
    if (!this.ownPath && !this.#path?.isFetching) return true;
    this.#told = leaf;
    return false;
  }

  /** Whether the text of `article` comes in here. */
  isWriting(/** @type {HTMLElement} */ article) {
    return this.#replies?.isWriting(article) ?? false;
  }

  /** Colour code and set formulas under `root`, which is new here. */
  async hydrate(/** @type {HTMLElement} */ root) {
    this.#insight?.mark();
    if (!root.querySelector(".md :is(pre, .table, .math)")) return;
    const { hydrate } = await import("./markdown/hydrate.js");
    hydrate(root);
  }

  add(/** @type {HTMLElement} */ article) {
    let last = this.column.querySelector(".page:last-of-type");
    if (!last) {
      last = document.createElement("div");
      last.className = "page";
      this.column.append(last);
    }
    last.append(article);
  }

  /** There are other messages now, or one started or ended. */
  changed() {
    slot(this, "empty")?.toggleAttribute("hidden", this.articles.length > 0);
    this.onrunning();
    this.#insight?.changed();
  }

  #opened(/** @type {EventMap["opened"]} */ event) {
    if (event.conversation !== this.page.conversation) return;
    const written = new Set(event.running.map((text) => text.reply));
    // Between two connections, or before the first, versions may have come that this page was not told of.
    if (!this.#comparedAt && event.updated_at === this.dataset["updated"]) this.#comparedAt = 1;
    const isBack = this.page.live.connections > this.#comparedAt;
    this.#comparedAt = this.page.live.connections;
    const isStale =
      isBack ||
      event.leaf !== this.leaf ||
      this.articles.some(
        (article) => isRunning(article) && !written.has(Number(article.dataset["message"])),
      ) ||
      event.running.some((text) => text.reply === event.leaf && !this.find(text.reply));
    for (const text of event.running) if (this.find(text.reply)) this.#take(text);
    // What another tab was told is stored, while this one was away, is not on its way any more.
    for (const each of this.articles) {
      if (!this.page.outbox.find(each.dataset["clientId"] ?? "") && !each.dataset["message"]) each.remove();
    }
    if (isStale) this.refresh();
  }

  async #asked(/** @type {EventMap["asked"]} */ event) {
    const { page } = this;
    const sent = page.outbox.find(event.client_id);
    page.outbox.settle(event.client_id);
    if (event.conversation !== page.conversation) return;
    this.#isComparable(event.messages.at(-1)?.id ?? null);
    const isOwn = sent !== null || this.own.delete(event.client_id);
    const known = event.messages.every((message) => this.find(message.id));
    const parent = event.parent === null ? null : this.find(event.parent);
    const pending = this.findPending(event.client_id);
    const isAgain = event.messages.some((view) => view.role === "assistant" && view.state === "complete");
    const isAbove = parent === null && (event.parent !== null || Boolean(this.#before));
    if (known || isAgain || isAbove) {
      pending?.remove();
      if (!known) await this.refresh();
      this.changed();
      return;
    }
    const articles = this.articles;
    const place = parent ? articles.indexOf(parent) + 1 : 0;
    for (const article of articles.slice(place)) if (article !== pending) article.remove();
    this.#replies?.forgetGone();
    for (const view of event.messages) this.#place(view, pending);
    const question = event.messages[0]?.role === "user" ? this.find(event.messages[0].id) : parent;
    if (isOwn && question) this.scroller.follow(question);
    this.changed();
  }

  #place(/** @type {MessageView} */ view, /** @type {HTMLElement | null} */ pending) {
    if (view.role === "user" && pending) {
      describe(pending, view);
      fill(pending, this.page.faults);
      return;
    }
    this.add(draw(view, this.page.faults));
    if (view.role === "assistant") this.prepare();
  }

  #take(/** @type {ReplyEvent} */ event) {
    if (this.#replies) {
      this.#replies.take(event);
      return;
    }
    this.#held.push(event);
    this.prepare();
  }

  #pathChanged(/** @type {EventMap["path.changed"]} */ event) {
    if (event.conversation !== this.page.conversation) return;
    if (this.#isComparable(event.leaf) && event.leaf !== this.leaf) this.refresh();
  }

  async #clicked(/** @type {MouseEvent} */ event) {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const article = button?.closest("article");
    if (!(button instanceof HTMLElement) || !article || !this.column.contains(article)) return;
    const before = document.activeElement;
    try {
      const { act } = await import("./actions.js");
      await act(this.page, button.dataset["action"] ?? "", article, button, before);
    } catch {
      this.page.toast(gettext("No connection. Try again when it is back."));
    }
  }
}

customElements.define("chat-transcript", Transcript);
