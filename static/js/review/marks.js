// Labels and notes without leaving the page: its forms are sent, and the parts that changed take their new form.

import { hasGone, isFree } from "../focus/late.js";
import { fragment } from "../markdown/html.js";
import { localise } from "./moments.js";
import { keepWriting, sending } from "./writing.js";

/** @typedef {import("./turns.js").Turns} Turns */

const SHOWN = 6000; // milliseconds
const lost = () => gettext("That did not work. What you wrote is still there; try again.");

export class Marks {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #panel = /** @type {HTMLElement} */ (document.getElementById("review"));
  /** The message that the panel is to be about; empty for the whole. */
  #wanted = document.getElementById("marks")?.dataset["target"] ?? "";
  #asked = 0;
  /** Of which question each part shows the answer: an older one's may come later. @type {Map<string, number>} */
  #shown = new Map();
  /** What is on its way: pressed twice it is sent once. @type {Set<string>} */
  #sending = new Set();

  constructor(/** @type {Turns} */ turns) {
    this.turns = turns;
    this.#panel.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      if (!form.matches("[data-marks]")) return;
      event.preventDefault();
      this.#send(form, event.submitter);
    });
    this.#panel.querySelector(".closes a")?.addEventListener("click", () => this.leave());
  }

  /** What is put on next goes on `turn`, or on the whole; the field `name` has the focus. */
  async aim(/** @type {HTMLElement | null} */ turn, /** @type {"label" | "note"} */ name) {
    const wanted = (this.#wanted = turn?.dataset["message"] ?? "");
    const before = document.activeElement;
    this.#panel.setAttribute("data-open", "");
    const aimed = document.getElementById("marks")?.dataset["target"] ?? "";
    if (aimed !== wanted && !(await this.#load(wanted))) return;
    if (wanted === this.#wanted && !hasGone(before)) document.getElementById(name)?.focus();
  }

  /** Back to the text. */
  leave() {
    this.#panel.removeAttribute("data-open");
    if (location.hash === "#review") location.hash = "transcript"; // what `:target` goes by
    const { current } = this.turns;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    if (!this.#panel.contains(focused)) return;
    if (current) this.turns.choose(current);
    else focused?.blur(); // or the next key would be written into the field
  }

  async #load(/** @type {string} */ target) {
    const address = new URL(location.href);
    address.searchParams.set("on", target);
    return this.#take(() => fetch(address, { headers: { "X-Requested-With": "fetch" } }));
  }

  async #send(/** @type {HTMLFormElement} */ form, /** @type {HTMLElement | null} */ submitter) {
    const body = new FormData(form, submitter);
    const sent = `${form.action} ${JSON.stringify([...body])}`;
    if (this.#sending.has(sent)) return;
    this.#sending.add(sent);
    const request = () =>
      fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    const field = form.querySelector("input:not([type=hidden]), textarea");
    const target = this.#wanted;
    const writes = field ? sending(/** @type {import("./writing.js").Field} */ (field)) : () => {};
    const isTaken = await this.#take(request);
    this.#sending.delete(sent);
    if (!isTaken) writes();
    else if (target === this.#wanted && isFree()) document.getElementById(field?.id || "label")?.focus();
  }

  /** @param {() => Promise<Response>} request */
  async #take(request) {
    const turn = (this.#asked += 1);
    try {
      const response = await request();
      if (!response.ok && response.status !== 422) throw new Error(String(response.status));
      const fresh = fragment(await response.text());
      const marks = /** @type {HTMLElement | null} */ (fresh.querySelector("#marks"));
      if (!marks) throw new Error("signed out");
      localise(fresh);
      for (const part of /** @type {HTMLElement[]} */ ([...fresh.children])) this.#put(part, turn);
      this.#say(marks.dataset["said"] ?? marks.querySelector(".errors")?.textContent ?? "");
    } catch {
      this.#say(lost());
      return false;
    }
    return true;
  }

  /** Put a part of the `turn`-th answer in its place, unless that shows something newer or is about another message. */
  #put(/** @type {HTMLElement} */ part, /** @type {number} */ turn) {
    const isOlder = turn < (this.#shown.get(part.id) ?? 0);
    if (isOlder || (part.id === "marks" && part.dataset["target"] !== this.#wanted)) return;
    this.#shown.set(part.id, turn);
    const old = document.getElementById(part.id);
    if (old) keepWriting(old, part, () => old.replaceWith(part));
  }

  /** Said aloud, and shown for a while. */
  #say(/** @type {string} */ text) {
    const announcer = document.querySelector('[data-slot="announcer"]');
    if (!announcer) return;
    announcer.textContent = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => announcer.replaceChildren(), SHOWN);
  }
}
