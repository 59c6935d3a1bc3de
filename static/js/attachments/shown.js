// The files of a message that came by the socket, or is on its way; saved ones come drawn with the page.

import { slot } from "../message.js";
import { about, copyOf, thumbnail } from "./words.js";

/** Draw `files` above the words of `article`. */
export function show(/** @type {HTMLElement} */ article, /** @type {AttachmentView[]} */ files) {
  if (article.querySelector(".files")) return;
  const list = copyOf("files");
  list.append(...files.map(item));
  slot(article, "content")?.before(list);
}

function item(/** @type {AttachmentView} */ file) {
  const element = copyOf(file.kind === "image" ? "file-image" : "file-text");
  const button = /** @type {HTMLElement} */ (element.querySelector("button"));
  Object.assign(button.dataset, { file: file.id, kind: file.kind, name: file.name, about: about(file) });
  const image = button.querySelector("img");
  if (image) {
    image.src = thumbnail(file);
    image.alt = file.name;
    image.width = file.width ?? 1;
    image.height = file.height ?? 1;
    button.title = file.name;
    return element;
  }
  /** @type {HTMLElement} */ (slot(button, "name")).textContent = file.name;
  /** @type {HTMLElement} */ (slot(button, "about")).textContent = about(file);
  return element;
}
