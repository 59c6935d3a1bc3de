// A message that is edited in its place; which files it has then is attachments/editing.js's, which may come later.

import { meaningOf } from "../composer.js";
import { hasGone, isFree } from "../focus/late.js";
import { slot } from "../message.js";
import { randomId } from "../outbox.js";
import { send } from "./sending.js";

/** Put a form in the place of the words of `article`. `before` had the focus when that was asked for. */
export function edit(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ article,
  /** @type {Element | null} */ before,
) {
  const id = Number(article.dataset["message"]);
  if (!id || article.querySelector("form.edit")) return;
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("message-edit"));
  const form = document.importNode(template.content, true).querySelector("form");
  const said = slot(article, "content");
  const box = form?.querySelector("textarea");
  if (!form || !said || !box) return;
  const place = `edit-${id}`;
  const files = filesOf(page, article, form, place);
  box.removeAttribute("maxlength");
  box.value = page.drafts.read(place) || (said.textContent ?? "");
  const close = () => {
    const isHere = isFree() || form.contains(document.activeElement);
    page.drafts.write(place, "");
    form.remove();
    files.editing?.end();
    said.hidden = false;
    if (isHere) page.composer.focusBox();
  };
  const submit = async () => {
    const text = box.value;
    const attachments = files.editing?.ids ?? null;
    if (box.readOnly || (text.trim() === "" && (!files.editing || files.editing.isEmpty))) return;
    if (files.blocked) page.toast(files.blocked);
    else if (text === said.textContent && !attachments) close();
    else {
      box.readOnly = true; // what is typed from here on would not be sent
      box.readOnly = await send(page, {
        type: "edit",
        client_id: randomId(),
        message: id,
        text,
        attachments,
      });
      if (!box.readOnly) return;
      files.editing?.sent();
      close();
    }
  };
  box.addEventListener("input", () => page.drafts.write(place, box.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  form.querySelector('[data-action="cancel-edit"]')?.addEventListener("click", close);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) close();
    else if (meaningOf(event, matchMedia("(pointer: coarse)").matches) === "send" && event.target === box)
      void submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  said.hidden = true;
  said.after(form);
  if (hasGone(before)) return;
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}

/** The files of what is edited: `editing` once its script is there, and until then those that came for it. */
function filesOf(
  /** @type {Page} */ page,
  /** @type {HTMLElement} */ article,
  /** @type {HTMLFormElement} */ form,
  /** @type {string} */ place,
) {
  let isLoading = true;
  let areComing = page.store.read(`files:${place}`) !== null;
  const files = {
    editing: /** @type {import("../attachments/editing.js").Editing | null} */ (null),
    /** Why it cannot be sent now; empty when it can. */
    get blocked() {
      if (isLoading && areComing) return gettext("Wait until the files have arrived.");
      return this.editing?.blocked ?? "";
    },
  };
  const loading = import("../attachments/editing.js")
    .then(({ Editing }) => {
      if (form.isConnected) files.editing = new Editing(page, article, form, place);
    })
    .finally(() => (isLoading = false));
  loading.catch(() => {
    // Without a connection the words can be edited; the files stay as they are.
  });
  form.addEventListener("files", (event) => {
    const { type, files: came } = /** @type {CustomEvent} */ (event).detail;
    areComing = true;
    loading.then(
      () => files.editing?.came(type, came),
      () => page.toast(gettext("No connection. Try again when it is back.")),
    );
  });
  return files;
}
