// The thumbs under a reply. A press is kept at once; the form that then asks why may be left alone.

import { isFree } from "../focus/late.js";
import { fragment } from "../markdown/html.js";

const THUMBS = ["up", "down"];
/** The last press on each message. @type {WeakMap<HTMLElement, object>} */
const pressed = new WeakMap();
/** What is being kept of each message: one after the other, or the server might take them in another order. */
const keeping = /** @type {WeakMap<HTMLElement, Promise<unknown>>} */ (new WeakMap());

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
  const own = {};
  const isLast = () => pressed.get(article) === own;
  pressed.set(article, own);
  draw(article, after);
  article.querySelector("form.rating")?.remove();
  try {
    await keep(page, article, { thumb: after });
  } catch (error) {
    if (isLast()) draw(article, before);
    throw error;
  }
  if (!isLast()) return;
  page.announce(after ? gettext("Rating kept") : gettext("Rating taken back"));
  if (after) await ask(page, article, button, isLast);
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
  const post = () => page.request(`/m/${article.dataset["message"]}/rating/`, { method: "POST", body });
  const answer = (keeping.get(article) ?? Promise.resolve()).then(post, post);
  keeping.set(article, answer);
  return answer;
}

/** @param {Page} page @param {HTMLElement} article @param {HTMLElement} button @param {() => boolean} isWanted */
async function ask(page, article, button, isWanted) {
  const url = `/m/${article.dataset["message"]}/rating/?thumb=${article.dataset["rating"]}`;
  const response = await page.request(url);
  const form = /** @type {HTMLFormElement} */ (fragment(await response.text()).querySelector("form"));
  if (!isWanted()) return;
  const close = () => {
    const isHere = isFree() || form.contains(document.activeElement);
    form.remove();
    if (isHere) button.focus({ preventScroll: true });
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
