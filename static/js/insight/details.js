// The dialog about a reply: its figures, what the model saw, how sure it was; and asking for it again exactly.

import { copy } from "../actions.js";
import { load, show } from "../dialogs.js";
import { slot } from "../message.js";
import { send } from "../messages/sending.js";
import { randomId } from "../outbox.js";
import { attach } from "./confidence.js";

/** Open the dialog at one of its sections. */
export async function details(/** @type {Page} */ page, /** @type {number} */ reply, section = "details") {
  const dialog = show(page, "details");
  dialog.dataset["reply"] = String(reply);
  if (!dialog.dataset["wired"]) wire(page, dialog);
  await open(page, dialog, section);
}

async function open(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ dialog,
  /** @type {string} */ section,
) {
  dialog.dataset["section"] = section;
  const body = await load(page, dialog, `/m/${dialog.dataset["reply"]}/${section}/`);
  if (!body) return;
  body.scrollTop = 0;
  if (section === "confidence") attach(body);
}

function wire(/** @type {Page} */ page, /** @type {HTMLDialogElement} */ dialog) {
  dialog.dataset["wired"] = "yes";
  dialog.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const section = button?.dataset["section"];
    if (section) {
      await open(page, dialog, section);
      if (dialog.dataset["section"] !== section) return; // another one was chosen since
      if (slot(dialog, "body")?.contains(document.activeElement)) return; // they went on already
      /** @type {HTMLElement | null} */ (dialog.querySelector(`[data-section="${section}"]`))?.focus();
    } else if (button?.dataset["action"] === "run-again") await runAgain(page, dialog);
    else if (button?.dataset["action"] === "copy-raw") await copyRaw(page, button);
  });
}

async function runAgain(/** @type {Page} */ page, /** @type {HTMLDialogElement} */ dialog) {
  const message = Number(dialog.dataset["reply"]);
  const isSent = await send(page, { type: "regenerate", client_id: randomId(), message, exactly: true });
  if (isSent) dialog.close();
}

async function copyRaw(/** @type {Page} */ page, /** @type {HTMLElement} */ button) {
  const raw = slot(button.closest("details") ?? document, "raw");
  try {
    await copy(Promise.resolve(raw?.textContent ?? ""));
    page.announce(gettext("Copied"));
  } catch {
    page.toast(gettext("That did not work. Try again."));
  }
}
