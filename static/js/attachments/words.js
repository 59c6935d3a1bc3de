// Files in words and small drawings, the same in the composer, the transcript and the viewer.

import { number } from "../message.js";

/** Bytes for a reader: 12 kB, 3.4 MB. */
export function size(/** @type {number} */ bytes) {
  const [value, unit] = bytes < 999_500 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${number(Math.max(value, 0.1), value < 9.95 ? 1 : 0)} ${unit}`;
}

/** What is known of a file: pages, tokens, size, and what of it is used. */
export function about(/** @type {AttachmentView} */ file) {
  const parts = [];
  if (file.pages) {
    const words = ngettext("%(count)s page", "%(count)s pages", file.pages);
    parts.push(interpolate(words, { count: number(file.pages) }, true));
  }
  if (file.kind === "image") parts.push(`${number(file.width ?? 0)} × ${number(file.height ?? 0)}`);
  else {
    const words = ngettext("about %(count)s token", "about %(count)s tokens", file.tokens);
    parts.push(interpolate(words, { count: number(file.tokens) }, true));
  }
  parts.push(size(file.size));
  if (file.remark === "cut") parts.push(gettext("only its beginning"));
  if (file.remark === "first_frame") parts.push(gettext("first picture of an animation"));
  return parts.join(" · ");
}

export const thumbnail = (/** @type {AttachmentView} */ file) => `/attachments/${file.id}/thumbnail/`;

/** A copy of the template `id`'s element. */
export function copyOf(/** @type {string} */ id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  const copy = document.importNode(template.content, true);
  return /** @type {HTMLElement} */ (copy.firstElementChild);
}
