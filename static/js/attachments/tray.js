// What is added to a message, new or edited: pasted, dropped or picked; sent up at once, shown above the words,
// removable.

import { slot } from "../message.js";
import { nameOf, preview, stillThere, tooLarge, write } from "./item.js";
import { upload } from "./upload.js";
import { about, copyOf, thumbnail } from "./words.js";

const MOST = 10;
const AT_A_TIME = 3;
/** Milliseconds after which the server has forgotten what was not sent. */
const LIFE = 23 * 3600 * 1000;

/**
 * What a tray belongs to: the composer, or the form in which a message is edited.
 *
 * @typedef {object} Host
 * @property {HTMLFormElement} form
 * @property {HTMLTextAreaElement} box
 * @property {HTMLButtonElement} button sends it
 * @property {string} place where it is kept for the next visit
 * @property {number} [others] files that the message has beside those of the tray
 * @property {() => void} focusBox
 */

/**
 * @typedef {object} Item
 * @property {HTMLElement} element
 * @property {"waiting" | "uploading" | "ready" | "failed"} state
 * @property {File | null} file
 * @property {boolean} isImage
 * @property {AttachmentView | null} view
 * @property {(() => void) | null} cancel
 */

export class Tray {
  /** @type {Item[]} */
  #items = [];
  #picker = document.createElement("input");
  #zone = copyOf("drop-zone");
  #leaving = 0;
  #end = new AbortController();
  #until = { signal: this.#end.signal };
  #isRestoring = true;

  constructor(/** @type {Page} */ page, /** @type {Host} */ host) {
    this.page = page;
    this.host = host;
    this.element = copyOf("tray");
    this.list = /** @type {HTMLElement} */ (this.element.querySelector("ul"));
    this.line = /** @type {HTMLElement} */ (slot(this.element, "blocked"));
    this.line.id = `blocked-${host.place}`;
    host.form.prepend(this.element);
    this.#picker.type = "file";
    this.#picker.multiple = true;
    this.#picker.addEventListener("change", () => {
      this.add([...(this.#picker.files ?? [])]);
      this.#picker.value = "";
    });
    this.list.addEventListener("click", (event) => this.#clicked(event));
    page.composer.model.addEventListener("change", () => this.update(), this.#until);
    addEventListener("online", () => this.#retryAll(), this.#until);
    this.restored = this.#restore();
  }

  get count() {
    return this.#items.length;
  }

  /** Why the message cannot be sent now; empty when it can. */
  get blocked() {
    const states = this.#items.map((item) => item.state);
    const fault = this.page.faults["too_many_files"];
    if (this.count + (this.host.others ?? 0) > MOST) return `${fault?.text} ${fault?.advice}`;
    if (states.includes("failed")) return gettext("A file could not be added. Its line says why.");
    if (this.#isRestoring || states.includes("waiting") || states.includes("uploading"))
      return navigator.onLine
        ? gettext("Wait until the files have arrived.")
        : gettext("The files go up when the connection is back.");
    return this.#blindness;
  }

  /** What to say when the chosen model is known to be blind. */
  get #blindness() {
    const option = this.page.composer.model.selectedOptions[0];
    const capabilities = (option?.dataset["capabilities"] ?? "").split(",").filter(Boolean);
    const isBlind = capabilities.length > 0 && !capabilities.includes("vision");
    if (!isBlind || !this.#items.some((item) => item.isImage)) return "";
    const words = gettext("%(model)s cannot see images. Choose a model that can, or remove them.");
    return interpolate(words, { model: option?.label ?? "" }, true);
  }

  /** Something is dragged over the page, was dropped on it, or pasted. */
  came(/** @type {string} */ type, /** @type {File[]} */ files) {
    clearTimeout(this.#leaving);
    if (type === "dragover") document.body.append(this.#zone);
    // `dragover` comes several times a second while the pointer is over the page, so its absence is the end.
    if (type === "dragover") this.#leaving = window.setTimeout(() => this.#zone.remove(), 400);
    else this.#zone.remove();
    if (type === "drop" || type === "paste") this.add(files);
  }

  pick() {
    this.#picker.click();
  }

  /** Take `files` in, and begin to send them up. */
  add(/** @type {File[]} */ files) {
    const free = Math.max(0, MOST - this.count - (this.host.others ?? 0));
    if (files.length > free) {
      const words = gettext("A message takes %(count)s files at most. The others were left out.");
      this.page.toast(interpolate(words, { count: MOST }, true));
    }
    const limit = Number(this.element.dataset["limit"]);
    for (const file of files.slice(0, free)) {
      const item = this.#put(file, null);
      if (file.size > limit) this.#fail(item, tooLarge(file.size, limit), false);
    }
    this.#next();
    this.host.focusBox();
  }

  /** What is ready, to go with a message; the tray is empty then. */
  take() {
    const views = this.views;
    this.#items = [];
    this.list.replaceChildren();
    this.update();
    return views;
  }

  /** Give back what is in it, and listen no more. */
  close() {
    for (const item of this.#items) this.#forget(item);
    this.take();
    this.#end.abort();
    this.#zone.remove();
  }

  /** Take files of a message back into the tray. */
  put(/** @type {AttachmentView[]} */ views) {
    const known = new Set(this.views.map((view) => view.id));
    for (const view of views) if (!known.has(view.id)) this.#put(null, view);
    this.update();
  }

  /** @returns {AttachmentView[]} */
  get views() {
    return this.#items.flatMap((item) => item.view ?? []);
  }

  /** Show what is so now, and keep it for the next visit. */
  update() {
    const { button, box } = this.host;
    this.element.hidden = this.count === 0;
    this.element.classList.toggle("is-blocked", this.blocked !== "");
    if (this.line.textContent !== this.#blindness) this.line.textContent = this.#blindness;
    /** @type {HTMLElement} */ (this.line.parentElement).hidden = this.#blindness === "";
    for (const each of [button, box])
      if (this.#blindness) each.setAttribute("aria-describedby", this.line.id);
      else each.removeAttribute("aria-describedby");
    this.#keep();
  }

  #keep() {
    const { store, isNew } = this.page;
    const key = `files:${this.host.place}`;
    if (!isNew) store.remove("files:new");
    if (this.views.length) store.write(key, { views: this.views, at: Date.now() });
    else store.remove(key);
  }

  async #restore() {
    const kept = this.page.store.read(`files:${this.host.place}`);
    /** @type {AttachmentView[]} */
    const views = kept && kept.at > Date.now() - LIFE ? kept.views : [];
    const found = await Promise.all(views.map(stillThere));
    this.#isRestoring = false;
    this.put(views.filter((_view, n) => found[n]));
  }

  #put(/** @type {File | null} */ file, /** @type {AttachmentView | null} */ view) {
    const element = copyOf("tray-item");
    const isImage = view ? view.kind === "image" : Boolean(file?.type.startsWith("image/"));
    /** @type {Item} */
    const item = { element, state: "waiting", file, isImage, view: null, cancel: null };
    this.#items.push(item);
    this.list.append(element);
    const name = view?.name ?? nameOf(file);
    element.dataset["kind"] = isImage ? "image" : "text";
    write(element, "name", name);
    const remove = gettext("Remove %(name)s");
    element.querySelector(".remove")?.setAttribute("aria-label", interpolate(remove, { name }, true));
    if (view) this.#ready(item, view);
    else if (isImage && file) preview(element, URL.createObjectURL(file));
    this.update();
    return item;
  }

  /** Send up the next that wait, a few at a time. */
  #next() {
    const busy = this.#items.filter((item) => item.state === "uploading").length;
    const waiting = this.#items.filter((item) => item.state === "waiting");
    for (const item of waiting.slice(0, Math.max(0, AT_A_TIME - busy))) void this.#send(item);
    this.update();
  }

  async #send(/** @type {Item} */ item) {
    if (!item.file) return;
    this.#state(item, "uploading", gettext("On its way"));
    /** @type {HTMLElement} */ (item.element.querySelector(".again")).hidden = true;
    const bar = /** @type {HTMLProgressElement} */ (item.element.querySelector("progress"));
    bar.value = 0;
    const sent = upload(item.file, nameOf(item.file), this.page.token(), (share) => {
      bar.value = share;
      if (share >= 1) this.#state(item, "uploading", gettext("Being read"));
    });
    item.cancel = sent.cancel;
    try {
      this.#ready(item, await sent.done);
    } catch (error) {
      const { message: words, cause } = /** @type {Error} */ (error);
      this.#fail(item, words, cause !== "refused");
    }
    this.#next();
  }

  #fail(/** @type {Item} */ item, /** @type {string} */ words, /** @type {boolean} */ canRetry) {
    this.#state(item, "failed", words);
    /** @type {HTMLElement} */ (item.element.querySelector(".again")).hidden = !canRetry;
    item.element.scrollIntoView({ block: "nearest" });
    this.page.announce(`${nameOf(item.file)}: ${words}`);
  }

  #ready(/** @type {Item} */ item, /** @type {AttachmentView} */ view) {
    if (!this.#items.includes(item)) return;
    item.view = view;
    item.isImage = view.kind === "image";
    item.element.dataset["kind"] = view.kind;
    write(item.element, "name", view.name);
    if (item.isImage && !item.element.querySelector("img[src]")) preview(item.element, thumbnail(view));
    const open = /** @type {HTMLElement} */ (item.element.querySelector(".open"));
    Object.assign(open.dataset, { file: view.id, kind: view.kind, name: view.name, about: about(view) });
    this.#state(item, "ready", about(view));
  }

  #state(/** @type {Item} */ item, /** @type {Item["state"]} */ state, /** @type {string} */ words) {
    item.state = state;
    item.element.dataset["state"] = state;
    write(item.element, "about", words);
    this.update();
  }

  #clicked(/** @type {MouseEvent} */ event) {
    const target = event.target instanceof Element ? event.target : null;
    const item = this.#items.find((each) => target && each.element.contains(target));
    if (!item) return;
    if (target?.closest(".remove")) this.#remove(item);
    else if (target?.closest(".again")) this.#retry(item);
    else if (target?.closest(".open") && item.view) {
      const button = /** @type {HTMLElement} */ (target.closest(".open"));
      const lost = () => this.page.toast(gettext("No connection. Try again when it is back."));
      import("./viewer.js").then((viewer) => viewer.open(this.page, button), lost);
    }
  }

  #remove(/** @type {Item} */ item) {
    const next = item.element.nextElementSibling ?? item.element.previousElementSibling;
    this.#items.splice(this.#items.indexOf(item), 1);
    item.element.remove();
    this.#forget(item);
    const button = next?.querySelector(".remove");
    if (button instanceof HTMLElement) button.focus();
    else this.host.focusBox();
    this.page.announce(gettext("File removed"));
    this.#next();
  }

  /** Nobody will send it. */
  #forget(/** @type {Item} */ item) {
    item.cancel?.();
    if (item.view)
      this.page.request(`/attachments/${item.view.id}/remove/`, { method: "POST" }).catch(() => {
        // What is never sent goes by itself.
      });
  }

  #retry(/** @type {Item} */ item) {
    item.state = "waiting";
    this.#next();
  }

  #retryAll() {
    for (const item of this.#items)
      if (item.state === "failed" && item.element.querySelector(".again:not([hidden])"))
        item.state = "waiting";
    this.#next();
  }
}
