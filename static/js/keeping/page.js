// How long the chat is kept, on its page: what the line says, a temporary chat and keeping it, and having been deleted.

import { Drafts, Store, tabValue } from "../outbox.js";

const FLASH = "chatsite:flash";

/** Drafts of the other kind of chat: those of temporary ones go with their tab. */
function drafts(/** @type {Page} */ page, /** @type {boolean} */ isTemporary) {
  return new Drafts(new Store(page.user, () => (isTemporary ? sessionStorage : localStorage)));
}

/** Who may read, and how long it is kept, has changed. */
export function told(/** @type {Page} */ page, /** @type {EventMap["readers.changed"]} */ { readers, kept }) {
  if (page.isTemporary) return; // nobody but its owner, and its own time
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-readers]")))
    words.hidden = words.dataset["readers"] !== readers;
  for (const words of document.querySelectorAll('[data-slot="kept"]')) words.textContent = kept;
}

/** A new chat of the other kind, with what was typed. */
export function toggle(/** @type {Page} */ page) {
  const isTemporary = page.isNew && !page.isTemporary;
  if (page.isNew) {
    const { box } = page.composer;
    drafts(page, isTemporary).write("new", box.value);
    box.value = "";
  }
  location.assign(isTemporary || !page.isNew ? "/?temporary=1" : "/");
}

/** Make it an ordinary chat; the event that tells so loads the page anew. */
export async function keep(/** @type {Page} */ page) {
  try {
    await page.request(`/c/${page.conversation}/keep/`, { method: "POST" });
    kept(page);
  } catch {
    page.toast(gettext("That did not work. Try again."));
  }
}

/** It is an ordinary chat now. */
export function kept(/** @type {Page} */ page) {
  if (!page.isTemporary || page.isNew) return;
  page.isTemporary = false;
  const { value } = page.composer.box;
  if (value) drafts(page, false).write(page.conversation, value); // other tabs share the place
  page.composer.box.value = "";
  location.reload();
}

/** The conversation was deleted: this page has nothing to show any more. */
export function leave(/** @type {Page} */ page, /** @type {string} */ title) {
  tabValue(FLASH, null);
  tabValue(FLASH, JSON.stringify({ deleted: page.isTemporary ? "" : page.conversation, title }));
  page.live.stop();
  location.replace("/");
}

/** What the page before this one wanted said. */
export async function flash(/** @type {Page} */ page, /** @type {string} */ text) {
  const { deleted, title } = JSON.parse(text);
  if (!deleted) page.toast(gettext("The temporary chat was deleted."));
  else (await import("../sidebar.js")).deletedConversation(page, deleted, title);
}
