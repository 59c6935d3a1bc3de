// The menu of the tools: what the model may use here. A conversation that does not exist yet takes along what was
// chosen last.

import { hasGone } from "../focus/late.js";
import { fragment } from "../markdown/html.js";

const menu = () => /** @type {HTMLElement} */ (document.getElementById("tools-menu"));

let opened = 0;
/** What is being stored: one choice after the other, or the server might take them in another order. */
let storing = /** @type {Promise<unknown>} */ (Promise.resolve());

/** Load the switches into the menu, which is open by now. */
export async function open(/** @type {Page} */ page) {
  const element = menu();
  const turn = (opened += 1);
  const before = document.activeElement;
  try {
    await storing;
    const response = await page.request(`/c/${page.conversation}/tools/`);
    const html = await response.text();
    if (turn !== opened) return;
    element.replaceChildren(fragment(html));
  } catch {
    if (turn !== opened) return;
    element.hidePopover();
    page.toast(gettext("That did not load. Try again."));
    return;
  }
  const form = element.querySelector("form");
  if (!form) return;
  if (page.isNew) recall(page, form);
  form.addEventListener("change", () => changed(page, form));
  form.addEventListener("submit", (event) => event.preventDefault());
  if (hasGone(before)) return;
  boxes(form)
    .find((box) => !box.disabled)
    ?.focus();
}

const boxes = (/** @type {HTMLFormElement} */ form) => [...form.querySelectorAll("input")];

/** What was chosen last, as far as it is still there. */
function recall(/** @type {Page} */ page, /** @type {HTMLFormElement} */ form) {
  const names = page.store.read("tools") ?? [];
  for (const box of boxes(form)) box.checked = names.includes(box.value) && !box.disabled;
}

function changed(/** @type {Page} */ page, /** @type {HTMLFormElement} */ form) {
  const names = boxes(form)
    .filter((box) => box.checked)
    .map((box) => box.value);
  show(names.length);
  page.store.write("tools", names);
  if (!page.isNew) storing = storing.then(() => store(page, names));
}

async function store(/** @type {Page} */ page, /** @type {string[]} */ names) {
  const body = new FormData();
  for (const name of names) body.append("tools", name);
  try {
    const response = await page.request(`/c/${page.conversation}/tools/`, { method: "POST", body });
    if (response.status === 204) return;
    const { title, detail } = await response.json();
    page.toast(`${title} ${detail}`);
  } catch {
    page.toast(gettext("Not saved. Try again."));
  }
}

function show(/** @type {number} */ count) {
  const button = document.querySelector('[data-action="tools"]');
  if (button instanceof HTMLElement) button.dataset["on"] = String(count);
}
