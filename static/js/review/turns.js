// Which message is the current one, and how one gets to the next: by key, across the parts of a long conversation too.

const FIRST = "#first";
const LAST = "#last";

export class Turns {
  /** @type {HTMLElement | null} */
  current = null;

  constructor(/** @type {HTMLElement} */ desk) {
    this.desk = desk;
    desk.addEventListener("focusin", (event) => {
      const turn = event.target instanceof Element && event.target.closest(".turn");
      if (turn instanceof HTMLElement) this.#mark(turn);
    });
    addEventListener("hashchange", () => this.#arrive());
    this.#arrive();
  }

  /** @returns {HTMLElement[]} */
  get all() {
    return [...this.desk.querySelectorAll(".turn")].map((each) => /** @type {HTMLElement} */ (each));
  }

  /** Make it the current one, with the focus: its name is read out. */
  choose(/** @type {HTMLElement} */ turn) {
    this.#mark(turn);
    turn.focus({ preventScroll: true });
    turn.scrollIntoView({ block: "nearest" });
    const { top } = turn.getBoundingClientRect();
    const room = Number.parseFloat(getComputedStyle(turn).scrollMarginTop);
    if (top > innerHeight * 0.6 || top < room) turn.scrollIntoView({ block: "start" });
  }

  /** Go by 1 or by -1; beyond the end of a part to the next one. */
  step(/** @type {number} */ by) {
    const { all } = this;
    const at = this.current ? all.indexOf(this.current) + by : this.#nearest(all, by);
    const turn = all[at];
    if (turn) this.choose(turn);
    else if (at < 0) this.#leave("preceding", LAST);
    else this.#leave("following", FIRST);
  }

  /** The next version of the current message, first again after the last; else the list of branches. */
  branch() {
    const versions = /** @type {HTMLElement | null | undefined} */ (this.current?.querySelector(".siblings"));
    const after = /** @type {HTMLElement | null | undefined} */ (
      versions?.querySelector('[data-turn="after"]')
    );
    const list = document.getElementById("branches");
    if (after) after.click();
    else if (versions) this.#first(versions);
    else if (list) {
      list.closest("aside")?.setAttribute("data-open", "");
      list.querySelector("a")?.focus();
    }
  }

  #first(/** @type {HTMLElement} */ versions) {
    const link = /** @type {HTMLAnchorElement} */ (versions.querySelector("a"));
    const address = new URL(link.href);
    const number = versions.dataset["first"] ?? "";
    address.searchParams.set("at", number);
    address.hash = `m${number}`;
    location.href = address.href;
  }

  #leave(/** @type {string} */ where, /** @type {string} */ end) {
    const address = this.desk.dataset[where];
    if (address) location.href = address + end;
  }

  /** The first message in view: where one begins who has not chosen one yet. */
  #nearest(/** @type {HTMLElement[]} */ all, /** @type {number} */ by) {
    const found = all.findIndex((each) => each.getBoundingClientRect().bottom > innerHeight * 0.15);
    return by > 0 ? Math.max(found, 0) : found - 1;
  }

  #mark(/** @type {HTMLElement} */ turn) {
    this.current?.removeAttribute("data-current");
    turn.setAttribute("data-current", "");
    this.current = turn;
  }

  #arrive() {
    const { all } = this;
    const wanted = location.hash === LAST ? all.at(-1) : location.hash === FIRST ? all[0] : null;
    const named = /^#m\d+$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
    const turn = wanted ?? named;
    if (turn) this.choose(turn);
  }
}
