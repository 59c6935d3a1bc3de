// The dialog of a conversation's link: the server draws its state, and here is what its buttons do.

import { load } from "../dialogs.js";
import { fragment } from "../markdown/html.js";
import { slot } from "../message.js";
import { localise } from "../review/moments.js";

const CONFIRMED = 2000; // milliseconds that the button says so

/** Closing gives the focus back to the button of the entry's menu, or to that of the list, which closes on a phone. */
export async function share(/** @type {Page} */ page, /** @type {HTMLElement} */ entry) {
  const element = /** @type {HTMLDialogElement} */ (document.getElementById("share"));
  const opener = /** @type {HTMLElement | null} */ (entry.querySelector('[data-action="menu"]'));
  const url = `/c/${entry.dataset["conversation"]}/share/`;
  const abort = new AbortController();
  element.showModal();
  element.addEventListener("click", (event) => clicked(page, element, url, event), abort);
  element.addEventListener("submit", (event) => submitted(page, element, url, event), abort);
  element.addEventListener("close", () => (abort.abort(), back(opener)), { once: true });
  const body = await load(page, element, url);
  if (body) settle(body);
}

function back(/** @type {HTMLElement | null} */ opener) {
  /** @type {HTMLElement | null} */ const list = document.querySelector(".opens-rail");
  (opener?.checkVisibility() ? opener : list)?.focus();
}

function submitted(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {string} */ url,
  /** @type {SubmitEvent} */ event,
) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
  event.preventDefault();
  const lifetime = form.elements.namedItem("lifetime");
  const value = lifetime instanceof HTMLSelectElement ? lifetime.value : "";
  void act(page, element, url, { do: "make", lifetime: value });
}

function clicked(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {string} */ url,
  /** @type {MouseEvent} */ event,
) {
  const button = event.target instanceof Element ? event.target.closest("button[data-do]") : null;
  if (!(button instanceof HTMLButtonElement) || button.type === "submit") return;
  const { do: verb = "", share: number = "" } = button.dataset;
  if (verb === "copy") void copyLink(element, button);
  else void act(page, element, url, { do: verb, share: number });
}

/** Have it done, and show how it stands then. */
async function act(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {string} */ url,
  /** @type {Record<string, string>} */ wish,
) {
  const body = slot(element, "body");
  if (!body || body.inert) return;
  body.inert = true;
  try {
    const response = await page.request(url, { method: "POST", body: wish });
    body.replaceChildren(fragment(await response.text()));
  } catch {
    page.toast(gettext("That did not work. Try again."));
  } finally {
    body.inert = false;
  }
  settle(body);
  if (url.includes(page.conversation)) tellReaders(body.querySelector("[data-do=stop]") !== null);
  tell(element, body.querySelector(".done span")?.textContent ?? "");
}

/** For those who hear the page: what is outside of an open dialog is not heard. */
function tell(/** @type {HTMLDialogElement} */ element, /** @type {string} */ words) {
  const status = slot(element, "status");
  if (status) status.textContent = words;
}

/** The line of the page that names its readers. */
function tellReaders(/** @type {boolean} */ isShared) {
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-slot=shared]")
  ))
    words.hidden = !isShared;
}

/** Moments in the reader's own time, and the focus where the next step is. */
function settle(/** @type {HTMLElement} */ body) {
  localise(body);
  /** @type {HTMLElement | null} */ (body.querySelector("[data-focus]"))?.focus();
}

/** Without a secure origin there is no clipboard but the old way, by what is selected. */
async function copyLink(/** @type {HTMLDialogElement} */ element, /** @type {HTMLButtonElement} */ button) {
  const field = slot(element, "address");
  const words = slot(button, "words");
  if (!(field instanceof HTMLInputElement) || !words) return;
  field.select();
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else if (!document.execCommand("copy")) return; // it is selected: the keyboard can copy it
  } catch {
    return;
  }
  const done = button.dataset["done"] ?? "";
  if (words.textContent === done) return;
  const before = words.textContent;
  words.textContent = done;
  tell(element, done);
  setTimeout(() => (words.textContent = before), CONFIRMED);
}
