// While a message is edited, its files can be left out of the new one, and taken in again.

import { copyOf } from "./words.js";

/**
 * Those that stay: `all` and `count` of them, and `ids`, which is null when none is left out.
 *
 * @typedef {{ ids: string[] | null, all: string[], count: number, end: () => void }} Kept
 */

/** @returns {Kept} */
export function keeping(/** @type {HTMLElement} */ article) {
  const items = [...article.querySelectorAll(":scope > .files li")];
  const buttons = items.map((item) => {
    const button = copyOf("leave-out");
    const { name = "" } = /** @type {HTMLElement} */ (item.querySelector("[data-file]")).dataset;
    const words = interpolate(gettext("Leave out %(name)s"), { name }, true);
    button.setAttribute("aria-label", words);
    button.title = words;
    button.addEventListener("click", () => {
      const isOut = item.classList.toggle("out");
      button.setAttribute("aria-pressed", String(isOut));
    });
    item.append(button);
    return button;
  });
  return {
    get all() {
      const stay = items.filter((item) => !item.classList.contains("out"));
      return stay.map((item) => item.querySelector("[data-file]")?.getAttribute("data-file") ?? "");
    },
    get count() {
      return this.all.length;
    },
    get ids() {
      return this.count === items.length ? null : this.all;
    },
    end() {
      for (const button of buttons) button.remove();
      for (const item of items) item.classList.remove("out");
    },
  };
}
