// The thumbs under a reply. A press is kept at once; the form that then asks why may be left alone.

import { fragment } from "../markdown/html.js";

const THUMBS = ["up", "down"];

/**
 * Give, change or take back a thumb.
 * @param {Page} page
 * @param {HTMLElement} article
 * @param {HTMLElement} button
 */
export async function rate(page, article, button) {
  const thumb = /** @type {"up" | "down"} */ (button.dataset["thumb"]);
  const before = article.dataset["rating"] ?? "";
  const after = before === thumb ? "" : thumb;
  draw(article, after);
  article.querySelector("form.rating")?.remove();
  try {
    await keep(page, article, { thumb: after });
  } catch (error) {
    draw(article, before);
    throw error;
  }
  page.announce(after ? gettext("Rating kept") : gettext("Rating taken back"));
  if (after) await ask(page, article, button);
}

/** Show the thumb that is given. */
export function draw(/** @type {HTMLElement} */ article, /** @type {string} */ thumb) {
  article.dataset["rating"] = thumb;
  for (const name of THUMBS)
    article
      .querySelector(`[data-action="rate"][data-thumb="${name}"]`)
      ?.setAttribute("aria-pressed", String(name === thumb));
}

/** @param {Page} page @param {HTMLElement} article @param {Record<string, string>} body */
function keep(page, article, body) {
  return page.request(`/m/${article.dataset["message"]}/rating/`, { method: "POST", body });
}

/** @param {Page} page @param {HTMLElement} article @param {HTMLElement} button */
async function ask(page, article, button) {
  const url = `/m/${article.dataset["message"]}/rating/?thumb=${article.dataset["rating"]}`;
  const response = await page.request(url);
  const form = /** @type {HTMLFormElement} */ (fragment(await response.text()).querySelector("form"));
  const close = () => {
    form.remove();
    button.focus({ preventScroll: true });
  };
  form.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest('[data-action="close-rating"]')) close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(page, article, form, close);
  });
  article.append(form);
  form.scrollIntoView({ block: "nearest" });
}

/** @param {Page} page @param {HTMLElement} article @param {HTMLFormElement} form @param {() => void} close */
async function send(page, article, form, close) {
  const values = new FormData(form);
  const body = { thumb: article.dataset["rating"] ?? "" };
  try {
    const answer = await keep(page, article, {
      ...body,
      reason: String(values.get("reason") ?? ""),
      comment: String(values.get("comment") ?? ""),
    });
    if (answer.status === 422) {
      // The server's form names what is wrong, and has what was typed.
      const told = fragment(await answer.text()).querySelector("form");
      form.replaceChildren(...(told?.childNodes ?? []));
      /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid]"))?.focus();
      return;
    }
    close();
    page.toast(gettext("Thanks. Your rating is kept."));
  } catch {
    page.toast(gettext("That did not work. Try again."));
  }
}
