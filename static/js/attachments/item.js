// One file of a tray: what it is called, how it looks, whether it is there still.

import { number, slot } from "../message.js";

const PATIENCE = 10_000; // milliseconds

export async function stillThere(/** @type {AttachmentView} */ view) {
  const what = view.kind === "image" ? "thumbnail" : "text";
  const asked = { method: "HEAD", signal: AbortSignal.timeout(PATIENCE) };
  const response = await fetch(`/attachments/${view.id}/${what}/`, asked).catch(() => null);
  return response === null || response.status !== 404;
}

export function tooLarge(/** @type {number} */ bytes, /** @type {number} */ limit) {
  const mebibytes = (/** @type {number} */ value) => number(value / 1024 / 1024, 1);
  const words = gettext("The file has %(size)s MB. The limit is %(limit)s MB.");
  return interpolate(words, { size: mebibytes(bytes), limit: mebibytes(limit) }, true);
}

/** Pasted pictures are called image.png by the browser. */
export function nameOf(/** @type {File | null} */ file) {
  return file?.name || gettext("file");
}

export function preview(/** @type {HTMLElement} */ element, /** @type {string} */ address) {
  const image = element.querySelector("img");
  if (!image) return;
  image.src = address;
  image.addEventListener("error", () => image.removeAttribute("src"), { once: true });
  image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
}

export function write(
  /** @type {HTMLElement} */ element,
  /** @type {string} */ name,
  /** @type {string} */ text,
) {
  const place = slot(element, name);
  if (place && place.textContent !== text) place.textContent = text;
}
