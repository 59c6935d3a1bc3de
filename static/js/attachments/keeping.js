// While a message is edited, its files can be left out of the new one, and taken in again.

import { copyOf } from "./words.js";

/** @typedef {{ ids: string[] | null, end: () => void }} Kept `ids` of those that stay; null when all do */

/** @returns {Kept} */
export function keeping(/** @type {HTMLElement} */ article) {
  const items = [...article.querySelectorAll(".files li")];
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
    get ids() {
      const stay = items.filter((item) => !item.classList.contains("out"));
      if (stay.length === items.length) return null;
      return stay.map((item) => item.querySelector("[data-file]")?.getAttribute("data-file") ?? "");
    },
    end() {
      for (const button of buttons) button.remove();
      for (const item of items) item.classList.remove("out");
    },
  };
}
