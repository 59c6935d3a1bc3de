// What is known of a reply, in a dialog over the page.

import { fragment } from "../markdown/html.js";
import { localise } from "./moments.js";

let opened = 0;

export async function showAbout(/** @type {string} */ address) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("about"));
  const body = /** @type {HTMLElement} */ (dialog.querySelector('[data-slot="body"]'));
  const turn = (opened += 1);
  body.replaceChildren();
  dialog.showModal();
  try {
    const response = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
    if (!response.ok) throw new Error(String(response.status));
    const html = await response.text();
    if (turn !== opened) return; // it shows another one since
    body.replaceChildren(fragment(html));
    localise(body);
  } catch {
    if (turn === opened) body.textContent = gettext("That did not load. Try again.");
  }
}
