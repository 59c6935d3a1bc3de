// The dialog about a reply: its figures, what the model saw, how sure it was; and asking for it again exactly.

import { copy } from "../actions.js";
import { load, show } from "../dialogs.js";
import { slot } from "../message.js";
import { randomId } from "../outbox.js";

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
  body.scrollTop = 0;
  if (section === "confidence") (await import("./confidence.js")).attach(body);
}

function wire(/** @type {Page} */ page, /** @type {HTMLDialogElement} */ dialog) {
  dialog.dataset["wired"] = "yes";
  dialog.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const section = button?.dataset["section"];
    if (section) {
      await open(page, dialog, section);
      /** @type {HTMLElement | null} */ (dialog.querySelector(`[data-section="${section}"]`))?.focus();
    } else if (button?.dataset["action"] === "run-again") runAgain(page, dialog);
    else if (button?.dataset["action"] === "copy-raw") await copyRaw(page, button);
  });
}

function runAgain(/** @type {Page} */ page, /** @type {HTMLDialogElement} */ dialog) {
  const clientId = randomId();
  const message = Number(dialog.dataset["reply"]);
  const isSent = page.live.send({ type: "regenerate", client_id: clientId, message, exactly: true });
  if (!isSent) {
    page.toast(gettext("No connection. Try again when it is back."));
    return;
  }
  page.transcript.own.add(clientId);
  dialog.close();
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
