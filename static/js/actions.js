// What the buttons of a message do: copy, answer again, continue, delete, turn to another version.

import "./menus.js";
import { hasGone, isFree } from "./focus/late.js";
import { edit } from "./messages/editing.js";
import { send } from "./messages/sending.js";
import { randomId } from "./outbox.js";
import { siblingsOf, slot } from "./message.js";

/** Nobody waits for the server's word any longer than so many milliseconds. */
const ANSWERED = 5000;

/** `before` had the focus when the button was pressed; this file may have come later.
 * @typedef {(page: Page, article: HTMLElement, button: HTMLElement, before: Element | null) => unknown} Action */

/** @type {Record<string, Action>} */
const ACTIONS = {
  copy: (page, article, button) => copied(page, button, source(page, article)),
  "copy-error": (page, article, button) => copied(page, button, Promise.resolve(errorOf(article))),
  regenerate: (page, article) => regenerate(page, article, page.composer.choice),
  "regenerate-with": chooseModel,
  continue: (page, article) => send(page, { type: "continue", reply: idOf(article) }),
  approve: async (page, article, button) => {
    const decision = /** @type {"once" | "conversation" | "refuse"} */ (button.dataset["decision"]);
    const buttons = [...article.querySelectorAll(".asking button")];
    for (const each of buttons) each.setAttribute("disabled", "");
    if (await send(page, { type: "approve", message: idOf(article), decision })) return;
    for (const each of buttons) each.removeAttribute("disabled");
  },
  edit: (page, article, _button, before) =>
    article.dataset["state"] === "unsent" ? takeBack(page, article, true) : edit(page, article, before),
  delete: remove,
  "open-file": async (page, _article, button) => (await import("./attachments/viewer.js")).open(page, button),
  details: async (page, article) => (await import("./insight/details.js")).details(page, idOf(article)),
  rate: async (page, article, button) => (await import("./ratings/rating.js")).rate(page, article, button),
  previous: (page, article, button) => turn(page, article, button, -1),
  next: (page, article, button) => turn(page, article, button, 1),
  retry,
  discard: (page, article) => takeBack(page, article, false),
};

export async function act(
  /** @type {Page} */ page,
  /** @type {string} */ name,
  /** @type {HTMLElement} */ article,
  /** @type {HTMLElement} */ button,
  /** @type {Element | null} */ before,
) {
  try {
    await ACTIONS[name]?.(page, article, button, before);
  } catch (error) {
    if (/** @type {{status?: number}} */ (error).status !== 401)
      page.toast(gettext("That did not work. Try again."));
  }
}

const idOf = (/** @type {HTMLElement} */ article) => Number(article.dataset["message"]);

// Copying

async function source(/** @type {Page} */ page, /** @type {HTMLElement} */ article) {
  if (article.dataset["role"] === "user") return slot(article, "content")?.textContent ?? "";
  return (await page.request(`/m/${idOf(article)}/source/`)).text();
}

function errorOf(/** @type {HTMLElement} */ article) {
  const { error, detail, model, backend, created } = article.dataset;
  const words = slot(article, "error-text")?.textContent?.trim();
  return [words, detail, [error, model, backend, created].filter(Boolean).join(" · ")]
    .filter(Boolean)
    .join("\n");
}

/** Put `text` on the clipboard; without a secure origin only the old way works. */
export async function copy(/** @type {Promise<string>} */ text) {
  if (navigator.clipboard && "ClipboardItem" in window) {
    const item = new ClipboardItem({
      "text/plain": text.then((value) => new Blob([value], { type: "text/plain" })),
    });
    await navigator.clipboard.write([item]);
    return;
  }
  const box = document.createElement("textarea");
  box.value = await text;
  const focused = document.activeElement;
  document.body.append(box);
  box.select();
  const isDone = document.execCommand("copy");
  box.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  if (!isDone) throw new Error("The browser does not copy");
}

async function copied(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ button,
  /** @type {Promise<string>} */ text,
) {
  await copy(text);
  page.announce(gettext("Copied"));
  const drawing = button.querySelector("use");
  const before = drawing?.getAttribute("href") ?? "";
  if (!before.endsWith("#copy")) return;
  drawing?.setAttribute("href", before.replace("#copy", "#check"));
  setTimeout(() => drawing?.setAttribute("href", before), 2000);
}

// Answering again

/** What was asked for last, which is not asked for twice in a row: the second would end the first. */
let again = { what: "", id: "", at: 0 };

function regenerate(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ article,
  /** @type {ModelChoice | null} */ model,
) {
  const what = JSON.stringify([idOf(article), model]);
  const isOnItsWay = page.transcript.own.has(again.id) && Date.now() - again.at < ANSWERED;
  if (isOnItsWay && again.what === what) return undefined;
  again = { what, id: randomId(), at: Date.now() };
  return send(page, { type: "regenerate", client_id: again.id, message: idOf(article), model });
}

function chooseModel(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ article,
  /** @type {HTMLElement} */ button,
  /** @type {Element | null} */ before,
) {
  if (hasGone(before)) return;
  const menu = /** @type {HTMLElement} */ (document.getElementById("models-menu"));
  const { error, backend } = article.dataset;
  const gone = error === "server_gone" ? `${backend}/` : "\n"; // its server is: no way to go on
  const options = [...page.composer.model.options].filter(
    (each) => each.value && !each.value.startsWith(gone),
  );
  menu.replaceChildren(
    ...options.map((option) => {
      const item = document.createElement("button");
      item.type = "button";
      item.role = "menuitem";
      item.textContent = option.label;
      item.addEventListener("click", () => {
        const { model } = page.composer;
        menu.hidePopover();
        // The conversation goes on with this model, and the picker says so.
        model.value = option.value;
        model.dispatchEvent(new Event("change"));
        void regenerate(page, article, page.composer.choice);
      });
      return item;
    }),
  );
  menu.showPopover({ source: button });
  /** @type {HTMLElement | null} */ (menu.firstElementChild)?.focus();
}

// Deleting

/** @type {WeakSet<HTMLElement>} */
const removing = new WeakSet();

async function remove(/** @type {Page} */ page, /** @type {HTMLElement} */ article) {
  const id = idOf(article);
  if (!id) {
    takeBack(page, article, false);
    return;
  }
  if (removing.has(article)) return;
  removing.add(article);
  await show(page, `/m/${id}/delete/`).finally(() => removing.delete(article));
  page.toast(gettext("Message deleted, with what followed it"), {
    label: gettext("Undo"),
    run: () => show(page, `/m/${id}/restore/`),
  });
  if (isFree()) page.composer.focusBox();
}

let asked = 0;

/** Show the path that `url` leads to, unless another one was asked for since. */
async function show(/** @type {Page} */ page, /** @type {string} */ url) {
  const { transcript } = page;
  const turn = (asked += 1);
  transcript.ownPath += 1;
  try {
    const response = await page.request(url, { method: "POST" });
    const html = await response.text();
    if (turn === asked) await transcript.swap(html);
  } finally {
    transcript.ownPath -= 1;
    transcript.catchUp();
  }
}

// Turning to another version

async function turn(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ article,
  /** @type {HTMLElement} */ button,
  /** @type {number} */ step,
) {
  const siblings = siblingsOf(article);
  const wanted = siblings[siblings.indexOf(idOf(article)) + step];
  if (wanted === undefined) return;
  const top = article.getBoundingClientRect().top;
  await show(page, `/m/${wanted}/show/`);
  const shown = page.transcript.find(wanted);
  if (!shown) return;
  page.transcript.scroller.hold(shown, top);
  if (!isFree()) return;
  const action = button.dataset["action"];
  const same = /** @type {HTMLButtonElement | null} */ (shown.querySelector(`[data-action="${action}"]`));
  const other = action === "next" ? "previous" : "next";
  if (same?.disabled)
    /** @type {HTMLElement | null} */ (shown.querySelector(`[data-action="${other}"]`))?.focus();
  else same?.focus({ preventScroll: true });
}

// Messages that were not sent

function retry(/** @type {Page} */ page, /** @type {HTMLElement} */ article) {
  const pending = page.outbox.retry(article.dataset["clientId"] ?? "");
  if (!pending) return;
  page.transcript.say(pending);
  page.live.send(pending.ask);
}

function takeBack(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ article,
  /** @type {boolean} */ isEdited,
) {
  const clientId = article.dataset["clientId"] ?? "";
  const pending = page.outbox.find(clientId);
  page.outbox.settle(clientId);
  article.remove();
  if (isEdited && pending) page.composer.fill(pending.ask.text, pending.files);
  else page.composer.focusBox();
  page.transcript.changed();
}

/** Another tab did that. */
export function takenBack(/** @type {Page} */ page, /** @type {string} */ clientId) {
  const article = page.transcript.findPending(clientId);
  if (article?.dataset["state"] === "unsent") article.remove();
  page.transcript.changed();
}
