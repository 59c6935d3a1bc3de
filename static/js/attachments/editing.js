// While a message is edited: which of its files stay, and what is added to them.

import { slot } from "../message.js";
import { keeping } from "./keeping.js";

/** @typedef {import("./tray.js").Tray} Tray */

/** The files of a message that is edited in `form`; drafts of it are kept under `place`. */
export class Editing {
  /** @type {Promise<Tray> | null} */
  #loading = null;
  /** @type {Tray | null} */
  #tray = null;
  #isOver = false;

  constructor(
    /** @type {Page} */ page,
    /** @type {HTMLElement} */ article,
    /** @type {HTMLFormElement} */ form,
    /** @type {string} */ place,
  ) {
    this.page = page;
    this.form = form;
    this.place = place;
    this.kept = keeping(article);
    this.box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
    const add = /** @type {HTMLElement} */ (slot(form, "add"));
    add.hidden = false;
    add.addEventListener("click", () => this.#with((tray) => tray.pick()));
    if (page.store.read(`files:${place}`)) this.#with((tray) => tray.restored);
  }

  /** Files were dragged here, dropped or pasted. */
  came(/** @type {string} */ type, /** @type {File[]} */ files) {
    this.#with((tray) => tray.came(type, files));
  }

  /** Files that stay: the tray takes so many fewer. */
  get others() {
    return this.kept.count;
  }

  focusBox() {
    this.box.focus({ preventScroll: true });
  }

  /** Why it cannot be sent now; empty when it can. */
  get blocked() {
    if (this.#loading && !this.#tray) return gettext("Wait until the files have arrived.");
    return this.#tray?.blocked ?? "";
  }

  /** @returns {string[] | null} the files of the edited message; null for those of the old one */
  get ids() {
    const added = this.#tray?.views.map((view) => view.id) ?? [];
    if (!added.length) return this.kept.ids;
    return [...this.kept.all, ...added];
  }

  /** Whether there will be none. */
  get isEmpty() {
    return this.kept.count === 0 && !this.#tray?.count;
  }

  /** It has been sent: what was added belongs to it now. */
  sent() {
    this.#tray?.take();
  }

  end() {
    this.#isOver = true;
    this.kept.end();
    this.#tray?.close();
  }

  #with(/** @type {(tray: Tray) => unknown} */ use) {
    this.#loading ??= import("./tray.js").then(({ Tray }) => (this.#tray = new Tray(this.page, this)));
    this.#loading.then(
      (tray) => {
        if (this.#isOver) tray.close();
        else use(tray);
      },
      () => {
        this.#loading = null;
        this.page.toast(gettext("No connection. Try again when it is back."));
      },
    );
  }
}
