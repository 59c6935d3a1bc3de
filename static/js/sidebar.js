// The list of conversations: kept up to date by events, grouped by day in the reader's own time; rename, delete, undo.

import "./menus.js";
import { isRenaming, name, rename, titleOf } from "./conversations/renaming.js";
import { hasGone } from "./focus/late.js";
import { slot } from "./message.js";

/** @typedef {import("./status.js").Status} Status */
/** @typedef {EventMap["conversation.changed"]} Changed */
/** @typedef {"today" | "yesterday" | "week" | "month" | "older"} Day */

/** @type {Day[]} */
const DAYS = ["today", "yesterday", "week", "month", "older"];

/** The group that something last active at `then` belongs to, seen from `now`. @returns {Day} */
export function dayOf(/** @type {Date} */ then, now = new Date()) {
  const midnight = (/** @type {Date} */ date) =>
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  const ago = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (ago <= 0) return "today";
  if (ago === 1) return "yesterday";
  if (ago < 7) return "week";
  return ago < 30 ? "month" : "older";
}

function labelOf(/** @type {Day} */ day) {
  return {
    today: gettext("Today"),
    yesterday: gettext("Yesterday"),
    week: gettext("Last 7 days"),
    month: gettext("Last 30 days"),
    older: gettext("Older"),
  }[day];
}

/** Undo for a conversation that was deleted on the page before this one. */
export function deletedConversation(
  /** @type {Page} */ page,
  /** @type {string} */ conversation,
  /** @type {string} */ title,
) {
  const text = interpolate(gettext("Deleted: %(title)s"), { title }, true);
  page.toast(text, {
    label: gettext("Undo"),
    run: () =>
      page.request(`/c/${conversation}/restore/`, { method: "POST" }).then(
        () => {},
        () => page.toast(gettext("That did not work. Try again.")),
      ),
  });
}

/** Keys as a Mac's keyboard names them. */
function nameKeys() {
  for (const keys of document.querySelectorAll('kbd[data-keys^="mod"]')) {
    keys.textContent = (keys.textContent ?? "").replace(/^\S+/, "⌘");
  }
}

export class Sidebar {
  groups = /** @type {HTMLElement} */ (slot(document, "groups"));
  menu = document.getElementById("conversation-menu");
  /** @type {HTMLElement | null} the entry whose menu is open */
  #chosen = null;
  /** What was told since the list was last asked for; null when it is not on its way. @type {Changed[] | null} */
  #told = null;

  constructor(/** @type {Page} */ page, /** @type {Status} */ status) {
    this.page = page;
    this.status = status;
    this.#regroup();
    this.menu?.addEventListener("click", (event) => this.#picked(event));
    this.menu?.addEventListener("toggle", (event) => {
      const isOpen = /** @type {ToggleEvent} */ (event).newState === "open";
      this.#chosen?.querySelector('[data-action="menu"]')?.setAttribute("aria-expanded", String(isOpen));
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.#regroup());
    if (/Mac|iP/.test(navigator.platform)) nameKeys();
  }

  /** @returns {HTMLElement[]} */
  get #entries() {
    return [...this.groups.querySelectorAll("li")];
  }

  /** The conversations in which a reply is being written. */
  get #running() {
    const found = this.#entries.filter((entry) => entry.dataset["generating"] !== undefined);
    return new Set(found.map((entry) => entry.dataset["conversation"] ?? ""));
  }

  #find(/** @type {string} */ conversation) {
    return this.#entries.find((entry) => entry.dataset["conversation"] === conversation);
  }

  // Live

  /** Events were missed: the newest entries again, as the server has them. */
  async refresh() {
    const told = /** @type {Changed[]} */ ([]);
    this.#told = told;
    try {
      const groups = await this.#fetch("/sidebar/");
      if (told !== this.#told || !groups) return;
      if (this.groups.contains(document.activeElement)) {
        // Not from under somebody's fingers: when they leave.
        this.groups.addEventListener("focusout", () => void this.refresh(), { once: true });
        return;
      }
      const running = this.#running;
      this.groups.replaceWith(groups);
      this.groups = groups;
      this.#regroup();
      for (const pending of this.page.outbox.of(this.page.conversation)) this.expect(pending);
      // Its menu may be open: what is picked there is meant for what is seen.
      this.#chosen = this.#find(this.#chosen?.dataset["conversation"] ?? "") ?? this.#chosen;
      for (const event of told) this.#show(event); // the list may be older
      // And newer: what it shows as ended already is not seen to end by the event, if that comes at all.
      const still = this.#running;
      for (const entry of this.#entries) {
        const { conversation = "" } = entry.dataset;
        if (running.has(conversation) && !still.has(conversation))
          this.#finished(conversation, titleOf(entry));
      }
      const own = this.#find(this.page.conversation);
      own?.querySelector("a")?.setAttribute("aria-current", "page");
      if (own) this.status.title = titleOf(own);
    } catch {
      // The next connection tries again.
    } finally {
      if (told === this.#told) this.#told = null;
    }
  }

  /** An entry is new, renamed, moved, generating, deleted or restored. */
  changed(/** @type {Changed} */ event) {
    const wasGenerating = this.#find(event.conversation)?.dataset["generating"] !== undefined;
    this.#told?.push(event);
    this.#show(event);
    if (wasGenerating && !event.deleted && !event.generating) this.#finished(event.conversation, event.title);
  }

  #show(/** @type {Changed} */ event) {
    let entry = this.#find(event.conversation);
    if (event.deleted) {
      entry?.remove();
      return;
    }
    entry ??= this.#make(event.conversation);
    name(entry, event.title);
    entry.toggleAttribute("data-generating", event.generating);
    if (entry.dataset["updated"] === event.updated_at) return;
    entry.dataset["updated"] = event.updated_at;
    this.#place(entry);
  }

  #finished(/** @type {string} */ conversation, /** @type {string} */ name) {
    if (document.hidden) this.status.unseen += 1;
    if (conversation === this.page.conversation) return;
    const title = name || gettext("New chat");
    this.page.toast(interpolate(gettext("Reply finished: %(title)s"), { title }, true), {
      label: gettext("Open"),
      run: () => location.assign(`/c/${conversation}/`),
    });
  }

  /** The first message of a new chat is on its way: the entry is there before the server's word. */
  expect(/** @type {import("./outbox.js").Pending} */ pending) {
    if (!pending.isNew || pending.ask.temporary || this.#find(pending.ask.conversation)) return;
    const entry = this.#make(pending.ask.conversation);
    name(entry, "");
    entry.dataset["updated"] = new Date(pending.at).toISOString();
    entry.toggleAttribute("data-generating", true);
    this.#place(entry);
  }

  #make(/** @type {string} */ conversation) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("conversation-entry"));
    const copy = document.importNode(template.content, true);
    const entry = /** @type {HTMLElement} */ (copy.querySelector("li"));
    const link = entry.querySelector("a");
    entry.dataset["conversation"] = conversation;
    entry.dataset["updated"] = "";
    if (link) link.href = `/c/${conversation}/`;
    if (conversation === this.page.conversation) link?.setAttribute("aria-current", "page");
    return entry;
  }

  // Order

  /** Put `entry` into the group of its day, newest first. One that is being renamed stays: its field would close. */
  #place(/** @type {HTMLElement} */ entry) {
    if (isRenaming(entry)) return;
    const updated = new Date(entry.dataset["updated"] ?? "");
    const list = this.#list(dayOf(updated));
    const next = [...list.children].find(
      (other) => other !== entry && new Date(other.getAttribute("data-updated") ?? "") < updated,
    );
    const focused = entry.contains(document.activeElement) ? document.activeElement : null;
    list.insertBefore(entry, next ?? null);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  #list(/** @type {Day} */ day) {
    const found = this.groups.querySelector(`section[data-day="${day}"] ol`);
    if (found) return found;
    const section = document.createElement("section");
    const heading = document.createElement("h2");
    const list = document.createElement("ol");
    section.dataset["day"] = day;
    heading.textContent = labelOf(day);
    section.append(heading, list);
    const next = DAYS.slice(DAYS.indexOf(day) + 1)
      .map((later) => this.groups.querySelector(`section[data-day="${later}"]`))
      .find(Boolean);
    this.groups.insertBefore(section, next ?? null);
    return list;
  }

  /** The server groups by its own days; the reader's may be others, and today ends. */
  #regroup() {
    for (const entry of this.#entries) {
      const day = dayOf(new Date(entry.dataset["updated"] ?? ""));
      if (entry.closest("section")?.dataset["day"] !== day) this.#place(entry);
    }
  }

  // What the person does

  /** A button of the list was pressed, when `before` had the focus: this file may have come later. */
  act(/** @type {string} */ action, /** @type {HTMLElement} */ button, /** @type {Element | null} */ before) {
    if (action === "older") {
      void this.#older(/** @type {HTMLButtonElement} */ (button));
      return;
    }
    if (hasGone(before) || this.menu?.matches(":popover-open")) return;
    this.#chosen = button.closest("li");
    this.menu?.showPopover({ source: button });
    /** @type {HTMLElement | null | undefined} */ (this.menu?.querySelector("[role=menuitem]"))?.focus();
  }

  #picked(/** @type {MouseEvent} */ event) {
    const target = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const entry = this.#chosen;
    this.menu?.hidePopover();
    if (!entry) return;
    if (target?.getAttribute("data-action") === "rename") rename(this.page, entry, () => this.#place(entry));
    if (target?.getAttribute("data-action") === "delete-conversation") this.#delete(entry);
    if (target?.getAttribute("data-action") === "share") {
      const lost = () => this.page.toast(gettext("No connection. Try again when it is back."));
      import("./sharing/dialog.js").then(({ share }) => share(this.page, entry), lost);
    }
  }

  async #delete(/** @type {HTMLElement} */ entry) {
    const { conversation = "" } = entry.dataset;
    const title = titleOf(entry);
    try {
      await this.page.request(`/c/${conversation}/delete/`, { method: "POST" });
      if (conversation === this.page.conversation) return; // the event leads away from the page
      entry.remove();
      deletedConversation(this.page, conversation, title);
    } catch {
      this.page.toast(gettext("That did not work. Try again."));
    }
  }

  async #older(/** @type {HTMLButtonElement} */ button) {
    const before = this.groups.dataset["before"];
    if (!before || button.disabled) return;
    button.disabled = true;
    try {
      const more = await this.#fetch(`/sidebar/?before=${encodeURIComponent(before)}`);
      this.groups.dataset["before"] = more?.dataset["before"] ?? "";
      for (const entry of more?.querySelectorAll("li") ?? []) {
        if (!this.#find(entry.dataset["conversation"] ?? "")) this.#place(entry);
      }
    } catch {
      this.page.toast(gettext("That did not load. Try again."));
    } finally {
      button.disabled = false;
    }
  }

  async #fetch(/** @type {string} */ url) {
    const response = await this.page.request(url);
    const { fragment } = await import("./markdown/html.js");
    return slot(fragment(await response.text()), "groups");
  }
}
