// What is known of a reply, in a dialog over the page.

import { fragment } from "../markdown/html.js";
import { localise } from "./moments.js";

export async function showAbout(/** @type {string} */ address) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("about"));
  const body = /** @type {HTMLElement} */ (dialog.querySelector('[data-slot="body"]'));
  body.replaceChildren();
  dialog.showModal();
  try {
    const response = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
    if (!response.ok) throw new Error(String(response.status));
    body.replaceChildren(fragment(await response.text()));
    localise(body);
  } catch {
    body.textContent = gettext("That did not load. Try again.");
  }
}
