// Wires the library page: each backend's models are asked for on their own, jobs are looked at while they run.

import "../menus.js";
import { fragment, patch } from "../markdown/html.js";
import { wireForms } from "./forms.js";
import { keepLooking } from "./jobs.js";
import { load } from "./request.js";

/** What is loaded changes by itself: so many milliseconds later it is looked at again. */
const AGAIN = 20_000;

/** @returns {HTMLElement[]} */
function shelves() {
  return [...document.querySelectorAll("[data-shelf]")].map((each) => /** @type {HTMLElement} */ (each));
}

/** Whether a menu in it is open, or a control in it has the focus: then it stays as it is. */
function isBusy(/** @type {HTMLElement} */ shelf) {
  return Boolean(shelf.querySelector(":popover-open, details[open]"));
}

/** Which answer each shelf waits for: one that was asked for before may be older. @type {WeakMap<Element, object>} */
const awaited = new WeakMap();

async function refresh(/** @type {HTMLElement} */ shelf, /** @type {boolean} */ isForced) {
  const box = /** @type {HTMLElement} */ (shelf.querySelector("[data-slot=models]"));
  if (!isForced && isBusy(shelf)) return;
  const own = {};
  awaited.set(shelf, own);
  try {
    const { text } = await load(shelf.dataset["source"] ?? "");
    if (awaited.get(shelf) !== own || (!isForced && isBusy(shelf))) return;
    patch(box, fragment(text));
  } catch {
    if (awaited.get(shelf) !== own) return;
    if (box.getAttribute("aria-busy") === "true") box.replaceChildren(failure(shelf));
  }
  box.removeAttribute("aria-busy");
}

/** Our own server did not answer: say so, once. */
function failure(/** @type {HTMLElement} */ shelf) {
  const line = document.createElement("p");
  line.className = "nothing";
  const button = document.createElement("button");
  button.className = "quiet framed";
  button.type = "button";
  button.textContent = gettext("Try again");
  button.addEventListener("click", () => void refresh(shelf, true));
  line.append(gettext("That did not load. Try again."), " ", button);
  return line;
}

/** Ask the backend `name`, or all of them. */
export function refreshShelves(name = "") {
  for (const shelf of shelves()) if (!name || shelf.dataset["shelf"] === name) void refresh(shelf, true);
}

function keepFresh() {
  setTimeout(() => {
    if (!document.hidden) for (const shelf of shelves()) void refresh(shelf, false);
    keepFresh();
  }, AGAIN);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-action=refresh]") : null;
  const shelf = button?.closest("[data-shelf]");
  if (shelf instanceof HTMLElement) void refresh(shelf, true);
});

const jobs = keepLooking(refreshShelves);
wireForms(() => {
  jobs.look();
  refreshShelves();
});
refreshShelves();
keepFresh();
