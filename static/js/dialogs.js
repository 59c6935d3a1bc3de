// The dialogs of the page (settings, details of a reply, the list of shortcuts), and what the shortcuts do.

import { copy } from "./actions.js";
import { fragment } from "./markdown/html.js";
import { slot } from "./message.js";
import { countSet } from "./settings/groups.js";

function dialog(/** @type {string} */ id) {
  return /** @type {HTMLDialogElement} */ (document.getElementById(id));
}

/** Show the dialog `id`, and give the focus back to the message box afterwards. */
export function show(/** @type {Page} */ page, /** @type {string} */ id) {
  const element = dialog(id);
  if (!element.open) {
    element.showModal();
    element.addEventListener("close", () => page.composer.focusBox(), { once: true });
  }
  return element;
}

/** Lines that stand for text on its way. */
function skeleton() {
  const lines = document.createElement("div");
  lines.className = "skeleton";
  for (let n = 0; n < 4; n += 1) lines.append(document.createElement("i"));
  return lines;
}

/** What each dialog was filled with last, or is to be. @type {WeakMap<HTMLElement, object>} */
const wanted = new WeakMap();

/** Fill `element` from `url`; null when it was to show something else before that came. */
export async function load(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {string} */ url,
) {
  const body = /** @type {HTMLElement} */ (slot(element, "body"));
  const own = {};
  wanted.set(element, own);
  body.replaceChildren(skeleton());
  try {
    const response = await page.request(url);
    const html = await response.text();
    if (wanted.get(element) !== own) return null;
    body.replaceChildren(fragment(html));
    localise(body);
  } catch {
    if (wanted.get(element) !== own) return null;
    element.close();
    page.toast(gettext("That did not load. Try again."));
  }
  return body;
}

/** Moments in the reader's own time zone. */
function localise(/** @type {HTMLElement} */ body) {
  for (const time of body.querySelectorAll("time")) {
    const format = { dateStyle: "medium", timeStyle: "medium" };
    time.textContent = new Date(time.dateTime).toLocaleString(
      document.documentElement.lang,
      /** @type {Intl.DateTimeFormatOptions} */ (format),
    );
  }
}

export async function open(/** @type {Page} */ page, /** @type {string} */ id) {
  if (id === "settings") await settings(page);
  else shortcuts(page);
}

// Settings

async function settings(/** @type {Page} */ page) {
  const element = show(page, "settings");
  const body = await load(page, element, `/c/${page.conversation}/settings/`);
  const form = body?.querySelector("form");
  if (!form) return;
  if (page.isNew) recall(page, form);
  wire(page, element, form);
}

/** What was entered before the conversation exists is kept in the page only. */
function recall(/** @type {Page} */ page, /** @type {HTMLFormElement} */ form) {
  const { system_prompt: prompt, sampling } = page.composer.settings;
  const values = { ...sampling, system_prompt: prompt, think: page.composer.think.value };
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field && "value" in field && value != null)
      field.value = Array.isArray(value) ? value.join("\n") : String(value);
  }
}

function wire(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {HTMLFormElement} */ form,
) {
  countSet(form);
  const formOfAnswers = /** @type {HTMLElement | null} */ (
    form.querySelector('[data-action="answer-format"]')
  );
  formOfAnswers?.addEventListener("click", () => {
    const lost = () => page.toast(gettext("No connection. Try again when it is back."));
    import("./insight/format.js").then(({ format }) => format(page, formOfAnswers), lost);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(page, element, form).catch(() => notSaved(page, element, form));
  });
}

/** Say so; a dialog that was closed meanwhile can be opened again, with what was entered. */
export function notSaved(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {HTMLFormElement} */ form,
) {
  const isAside = form.isConnected && !element.open;
  const again = { label: gettext("Open"), run: () => void show(page, element.id) };
  page.toast(gettext("Not saved. Try again."), isAside ? again : undefined);
}

async function save(
  /** @type {Page} */ page,
  /** @type {HTMLDialogElement} */ element,
  /** @type {HTMLFormElement} */ form,
) {
  const url = `/c/${page.conversation}/settings/`;
  const response = await page.request(url, { method: "POST", body: new FormData(form) });
  if (response.status === 422) {
    const html = await response.text();
    if (!element.open || !form.isConnected) notSaved(page, element, form);
    if (!form.isConnected) return; // opened anew since
    const body = /** @type {HTMLElement} */ (slot(element, "body"));
    body.replaceChildren(fragment(html));
    const again = body.querySelector("form");
    if (again) wire(page, element, again);
    const wrong = body.querySelector("[aria-invalid=true]") ?? slot(body, "errors");
    if (wrong instanceof HTMLElement) wrong.focus();
    return;
  }
  const think = form.elements.namedItem("think");
  if (think && "value" in think) page.composer.think.value = think.value;
  if (response.status === 200) Object.assign(page.composer.settings, await response.json());
  if (form.isConnected) element.close();
  page.announce(gettext("Settings saved"));
}

// Shortcuts

function shortcuts(/** @type {Page} */ page) {
  const element = show(page, "shortcuts");
  if (element.querySelector("[data-slot=switch]")) return;
  const label = document.createElement("label");
  label.className = "check";
  label.dataset["slot"] = "switch";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = page.store.read("shortcuts") !== false;
  box.addEventListener("change", () => page.store.write("shortcuts", box.checked));
  label.append(box, ` ${gettext("Use keyboard shortcuts")}`);
  element.querySelector(".body")?.append(label);
}

/** Carry out the shortcut `name`. */
export async function shortcut(/** @type {Page} */ page, /** @type {string} */ name) {
  if (name === "list") shortcuts(page);
  else if (name === "new") location.assign("/");
  else if (name === "temporary") (await import("./keeping/page.js")).toggle(page);
  else if (name === "copy-reply") await copyReply(page);
  else await copyCode(page);
}

async function copyReply(/** @type {Page} */ page) {
  const reply = page.transcript.articles.findLast((article) => article.dataset["role"] === "assistant");
  const button = reply?.querySelector('[data-action="copy"]');
  if (button instanceof HTMLElement) button.click();
}

async function copyCode(/** @type {Page} */ page) {
  const code = [...page.transcript.column.querySelectorAll("pre > code")].at(-1);
  if (!code) return;
  await copy(Promise.resolve(code.textContent ?? ""));
  page.toast(gettext("Code copied"));
}
