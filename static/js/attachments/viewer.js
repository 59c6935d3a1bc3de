// A file seen large: a picture, or the text that a model is given of a file. Arrow keys go through the others.

import { slot } from "../message.js";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("viewer"));
const picture = /** @type {HTMLImageElement} */ (slot(dialog, "picture"));
const text = /** @type {HTMLElement} */ (slot(dialog, "text"));
/** @type {HTMLElement[]} */
let row = [];
let place = 0;
let turn = 0;

/** Show the file of `button`; its neighbours are those of the same kind beside it, or on the whole page. */
export function open(/** @type {Page} */ page, /** @type {HTMLElement} */ button) {
  const isImage = button.dataset["kind"] === "image";
  const root = button.closest(".tray") ?? page.transcript.column;
  const all = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("button[data-file]")]);
  row = isImage ? all.filter((each) => each.dataset["kind"] === "image") : [button];
  place = row.indexOf(button);
  void show(page);
  if (dialog.open) return;
  dialog.showModal();
  dialog.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    if (step) go(page, step);
  };
  dialog.onclick = (event) => {
    const way = event.target instanceof Element && event.target.closest("[data-step]");
    if (way) go(page, Number(way.getAttribute("data-step")));
  };
  // The browser gives the focus back to what opened it; after turning, that is not what is seen.
  dialog.addEventListener("close", () => (row[place] ?? button).focus({ preventScroll: true }), {
    once: true,
  });
}

function go(/** @type {Page} */ page, /** @type {number} */ step) {
  if (!row[place + step]) return;
  place += step;
  void show(page);
}

async function show(/** @type {Page} */ page) {
  const { file = "", kind = "", name = "", about = "" } = row[place]?.dataset ?? {};
  const mine = (turn += 1);
  const isImage = kind === "image";
  dialog.dataset["kind"] = kind;
  for (const [key, words] of Object.entries({ name, about })) {
    /** @type {HTMLElement} */ (slot(dialog, key)).textContent = words;
  }
  const save = /** @type {HTMLAnchorElement} */ (slot(dialog, "save"));
  save.href = `/attachments/${file}/file/`;
  save.download = name;
  picture.hidden = !isImage;
  text.hidden = isImage;
  for (const button of dialog.querySelectorAll("[data-step]")) {
    /** @type {HTMLElement} */ (button).hidden =
      row[place + Number(button.getAttribute("data-step"))] === undefined;
  }
  if (isImage) {
    picture.removeAttribute("src");
    picture.alt = name;
    picture.src = `/attachments/${file}/file/`;
    return;
  }
  text.textContent = "";
  try {
    const response = await page.request(`/attachments/${file}/text/`);
    const found = await response.text();
    if (mine === turn) text.textContent = found;
  } catch {
    if (mine === turn) text.textContent = gettext("That did not load. Try again.");
  }
}
