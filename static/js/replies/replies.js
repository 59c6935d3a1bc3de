// The replies of the page that are being written: each event goes to its reply, and what is over stays over.
// Loaded when the person starts to write, or with the first reply.

import { ready } from "../markdown/stream.js";
import { fill, isRunning, RUNNING } from "../message.js";
import { Call } from "../tools/call.js";
import { Reply } from "./reply.js";

/** The replies of the page that are being written. */
export class Replies {
  /** @type {Map<number, Reply | Call>} */
  #replies = new Map();

  constructor(/** @type {import("../transcript.js").Transcript} */ transcript) {
    this.transcript = transcript;
    this.page = transcript.page;
    ready().catch(() => {});
  }

  take(/** @type {ReplyEvent} */ event) {
    const article = this.transcript.find(event.reply);
    if (!article) return;
    if (event.type === "reply.finished") {
      this.#finished(article, event);
      return;
    }
    const isStarted =
      event.type === "reply.restarted" || (event.type === "reply.text" && RUNNING.includes(event.state));
    // What comes late for a reply that is over would set it going again.
    if (!isRunning(article) && !isStarted) return;
    const isKnown = this.isWriting(article);
    const reply = this.#of(article);
    if (event.type === "reply.phase") reply.phase(event);
    else if (event.type === "reply.delta") reply.delta(event);
    else if (event.type === "reply.restarted") reply.miss();
    else reply.text(event);
    if (event.type === "reply.text" && !RUNNING.includes(event.state)) this.transcript.refresh();
    if (!isKnown) this.transcript.changed();
  }

  /** Stop a reply where it is: nothing more of it is shown, unless nobody can be told to stop. */
  async stop(/** @type {number} */ id) {
    const reply = this.#replies.get(id);
    if (reply) reply.isStopping = true;
    const shown = reply?.content.length ?? null; // in code points
    if (await this.page.live.soon({ type: "stop", reply: id, shown })) return;
    if (reply) reply.isStopping = false;
    this.page.toast(gettext("No connection. Try again when it is back."));
  }

  isWriting(/** @type {HTMLElement} */ article) {
    return this.#replies.get(Number(article.dataset["message"]))?.article === article;
  }

  forgetGone() {
    for (const [id, reply] of this.#replies) {
      if (reply.article.isConnected) continue;
      reply.drop();
      this.#replies.delete(id);
    }
  }

  /** The heartbeat says how far each reply is: ask for what never came. */
  compare(/** @type {Record<string, number>} */ offsets) {
    for (const [id, offset] of Object.entries(offsets)) {
      const reply = this.#replies.get(Number(id));
      if (reply && !reply.isStopping && !reply.isAwaiting && offset > reply.content.length) reply.miss();
    }
  }

  #of(/** @type {HTMLElement} */ article) {
    const id = Number(article.dataset["message"]);
    const known = this.#replies.get(id);
    if (known?.article === article) return known;
    known?.drop();
    const Kind = article.dataset["role"] === "tool" ? Call : Reply;
    const reply = new Kind(article, this.page.faults, {
      wrote: (text) => this.transcript.onwrote(text, false),
      missed: (content, thinking) =>
        this.page.live.send({ type: "resume", reply: id, content_at: content, thinking_at: thinking }),
    });
    this.#replies.set(id, reply);
    return reply;
  }

  #finished(/** @type {HTMLElement} */ article, /** @type {EventMap["reply.finished"]} */ event) {
    const isWhole = this.#replies.get(event.reply)?.finish(event) ?? false;
    this.#replies.delete(event.reply);
    article.dataset["state"] = event.state;
    if (event.backend_name) article.dataset["backend"] = event.backend_name;
    fill(article, this.page.faults);
    this.transcript.onwrote("", true);
    this.transcript.changed();
    if (isWhole) return;
    // What the database has replaces what is shown.
    delete article.dataset["metrics"];
    this.transcript.refresh();
  }
}
