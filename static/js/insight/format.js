// The dialog of the form of the answers: free text, JSON, or JSON after a schema.

import { load, notSaved, show } from "../dialogs.js";
import { fragment } from "../markdown/html.js";
import { slot } from "../message.js";

/** Open it; `opener` says in words what is chosen. */
export async function format(/** @type {Page} */ page, /** @type {HTMLElement} */ opener) {
  const dialog = show(page, "answer-format");
  const body = await load(page, dialog, `/c/${page.conversation}/format/`);
  const form = body?.querySelector("form");
  if (!form) return;
  if (page.isNew) recall(page, form);
  wire(page, dialog, form, opener);
}

/** What was entered before the conversation exists is kept in the page only. */
function recall(/** @type {Page} */ page, /** @type {HTMLFormElement} */ form) {
  const { response_format: wanted, corrects_format: corrects } = page.composer.settings.format ?? {};
  const kind = typeof wanted === "object" && wanted ? "schema" : (wanted ?? "");
  for (const radio of form.querySelectorAll("input[name=kind]"))
    /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === kind;
  const schema = form.querySelector("textarea");
  if (schema && kind === "schema") schema.value = JSON.stringify(wanted, null, 2);
  const box = form.querySelector("input[name=corrects]");
  if (box instanceof HTMLInputElement) box.checked = Boolean(corrects);
}

function wire(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ dialog,
  /** @type {HTMLFormElement} */ form,
  /** @type {HTMLElement} */ opener,
) {
  const schema = form.querySelector("textarea");
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-schema]") : null;
    if (!(button instanceof HTMLElement) || !schema) return;
    schema.value = button.dataset["schema"] ?? "";
    schema.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(page, dialog, form, opener).catch(() => notSaved(page, dialog, form));
  });
}

async function save(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ dialog,
  /** @type {HTMLFormElement} */ form,
  /** @type {HTMLElement} */ opener,
) {
  const url = `/c/${page.conversation}/format/`;
  const response = await page.request(url, { method: "POST", body: new FormData(form) });
  if (response.status === 422) {
    const html = await response.text();
    if (!dialog.open || !form.isConnected) notSaved(page, dialog, form);
    if (!form.isConnected) return; // opened anew since
    const body = /** @type {HTMLElement} */ (slot(dialog, "body"));
    body.replaceChildren(fragment(html));
    const again = body.querySelector("form");
    if (again) wire(page, dialog, again, opener);
    slot(body, "errors")?.focus();
    return;
  }
  if (response.status === 200) page.composer.settings.format = await response.json();
  const chosen = form.querySelector("input[name=kind]:checked")?.closest("label");
  opener.textContent = chosen?.textContent?.trim() ?? "";
  if (form.isConnected) dialog.close();
  page.announce(gettext("Settings saved"));
}
