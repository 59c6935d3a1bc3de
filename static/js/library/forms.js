// Forms that are sent without leaving the page, and the dialog that shows what the server draws for it.

import { fragment } from "../markdown/html.js";
import { toast } from "./notices.js";
import { load } from "./request.js";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("dialog"));
const body = /** @type {HTMLElement} */ (dialog.querySelector("[data-slot=body]"));
const title = /** @type {HTMLElement} */ (document.getElementById("dialog-title"));

function skeleton() {
  const lines = document.createElement("div");
  lines.className = "skeleton";
  for (let n = 0; n < 4; n += 1) lines.append(document.createElement("i"));
  return lines;
}

function fill(/** @type {string} */ text) {
  body.replaceChildren(fragment(text));
  const named = body.querySelector("[data-title]");
  title.textContent = named instanceof HTMLElement ? (named.dataset["title"] ?? "") : "";
  focusFirst(body);
}

/** The field that is wrong, else the first that can be filled in. */
function focusFirst(/** @type {Element} */ root) {
  const fields = "input:not([type=hidden]), textarea, select";
  const field = root.querySelector("[aria-invalid=true]") ?? root.querySelector(fields);
  if (field instanceof HTMLElement) field.focus();
}

let opened = 0;

async function open(/** @type {string} */ url) {
  const turn = (opened += 1);
  title.textContent = "";
  body.replaceChildren(skeleton());
  dialog.showModal();
  try {
    const { text } = await load(url);
    if (turn === opened) fill(text);
  } catch {
    if (turn !== opened) return; // it shows something else since
    dialog.close();
    toast(gettext("That did not load. Try again."));
  }
}

async function send(/** @type {HTMLFormElement} */ form, /** @type {() => void} */ done) {
  const isField = form.dataset["clear"] !== undefined;
  const button = form.querySelector("button[type=submit]:not([form])");
  if (button instanceof HTMLButtonElement) button.disabled = !isField; // the next name may come at once
  const inDialog = dialog.contains(form);
  const sent = new FormData(form);
  try {
    const { status, text } = await load(form.action, sent);
    if (status === 422) refuse(form, text, isSame(form, sent));
    else if (inDialog && dialog.contains(form)) dialog.close();
    else if (isField && isSame(form, sent)) clear(form);
    if (status !== 422) done();
  } catch {
    toast(gettext("That did not work. Try again."));
  } finally {
    if (button instanceof HTMLButtonElement) button.disabled = false;
    /** @type {HTMLElement | null} */ (form.closest("[popover]"))?.hidePopover();
  }
}

/** Whether nothing was typed since. */
function isSame(/** @type {HTMLFormElement} */ form, /** @type {FormData} */ sent) {
  const now = new FormData(form);
  return [...sent].every(([name, value]) => now.get(name) === value);
}

/**
 * Draw the form again with what is wrong. Said in passing is what a button alone has asked for, and what was wrong
 * before somebody typed on or closed the dialog.
 */
function refuse(
  /** @type {HTMLFormElement} */ form,
  /** @type {string} */ text,
  /** @type {boolean} */ mayReplace,
) {
  const fresh = fragment(text);
  const said = fresh.querySelector("[data-toast]");
  if (dialog.open && dialog.contains(form)) fill(text);
  else if (said instanceof HTMLElement) toast(said.dataset["toast"] ?? "");
  else if (!mayReplace || !form.isConnected || dialog.contains(form))
    toast(fresh.querySelector(".errorlist, .failure p")?.textContent ?? "");
  else {
    const place = form.parentElement;
    form.replaceWith(fresh);
    if (place) focusFirst(place);
  }
}

/** Empty, without what was wrong before. */
function clear(/** @type {HTMLFormElement} */ form) {
  for (const field of form.querySelectorAll("input:not([type=hidden])")) {
    if (field instanceof HTMLInputElement) field.value = "";
    field.removeAttribute("aria-invalid");
  }
  for (const line of form.querySelectorAll(".errorlist, .failure")) line.remove();
}

/** @param {() => void} done Called after every form that was taken. */
export function wireForms(done) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["fetch"] === undefined) return;
    event.preventDefault();
    void send(form, done);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-dialog]") : null;
    if (!(opener instanceof HTMLElement)) return;
    /** @type {HTMLElement | null} */ (opener.closest("[popover]"))?.hidePopover();
    void open(opener.dataset["dialog"] ?? "");
  });
}
