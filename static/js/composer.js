// Where a message is written: its draft, the keys that send it, the model and thinking it is sent with, Send and Stop.

import { isTooLong, modelOf, randomId } from "./outbox.js";

const THINKING_LEVELS = ["low", "medium", "high", "max"];
const DRAFT_DELAY = 250;
const DOUBLE_PRESS = 500;
const isTouch = () => matchMedia("(pointer: coarse)").matches;

/**
 * What a key press in a text box means.
 * @param {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "isComposing" | "keyCode">} event
 * @param {boolean} hasTouch
 * @returns {"send" | "break" | "other"}
 */
export function meaningOf(event, hasTouch) {
  // 229 is what some input methods report for the Enter that ends a composition.
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return "other";
  if (event.ctrlKey || event.metaKey) return "send";
  return event.shiftKey || event.altKey || hasTouch ? "break" : "send";
}

export class Composer extends HTMLElement {
  page = /** @type {Page} */ ({});
  form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
  box = /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  button = /** @type {HTMLButtonElement} */ (this.querySelector("button[type=submit]"));
  model = /** @type {HTMLSelectElement} */ (this.querySelector("select[name=model]"));
  think = /** @type {HTMLSelectElement} */ (this.querySelector("select[name=think]"));
  tools = /** @type {HTMLButtonElement} */ (this.querySelector("[data-action=tools]"));
  /** What is added to the next message; loaded with the first file. */
  files = /** @type {import("./attachments/tray.js").Tray | null} */ (null);
  /** Settings of a conversation that does not exist yet: they go with its first message. */
  settings = /** @type {FirstSettings} */ ({ system_prompt: "", sampling: {} });
  /** Why nothing is sent today; empty while something is. */
  withheld = () => "";

  #timer = 0;
  #mode = "send";
  #sentAt = -Infinity;
  /** Stop was pressed before the reply had a number. */
  #stopsNext = false;
  /** How many wait for what takes files in. */
  #waitingForTray = 0;

  attach(/** @type {Page} */ page) {
    this.page = page;
    // Cutting off what is pasted would lose it in silence; sending says that it is too long.
    this.box.removeAttribute("maxlength");
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.box.addEventListener("keydown", (event) => this.#pressed(event));
    this.box.addEventListener("input", () => this.#typed());
    this.model.addEventListener("change", () => this.#choseModel());
    this.think.addEventListener("change", () => page.store.write("think", this.think.value));
    addEventListener("pagehide", () => this.keepDraft());
    for (const type of ["paste", "dragover", "drop"]) addEventListener(type, (event) => this.#came(event));
    if (page.store.read(`files:${this.place}`)) this.tray().catch(() => {});
    // What was done before this file was there counts.
    if (this.model.querySelector("[selected]:not(:checked)")) this.#choseModel();
    else if (page.isNew) this.#recall();
    this.#showModel();
    this.box.value = page.drafts.read(this.place, this.box.value);
    this.#grow();
    if (document.activeElement === document.body) this.focusBox();
    this.update();
  }

  async tray() {
    this.#waitingForTray += 1;
    const loading = import("./attachments/tray.js").finally(() => (this.#waitingForTray -= 1));
    const { Tray } = await loading;
    return (this.files ??= new Tray(this.page, this));
  }

  /** Do something with the files that are added, for somebody who waits for it. */
  withTray(/** @type {(tray: import("./attachments/tray.js").Tray) => void} */ use) {
    this.tray().then(use, () => this.page.toast(gettext("No connection. Try again when it is back.")));
  }

  /** Files that are dragged here, dropped or pasted; what takes them in is loaded with the first. */
  #came(/** @type {any} */ event) {
    const data = event.dataTransfer ?? event.clipboardData;
    if (!data?.types.includes("Files")) return;
    if (event.type === "paste" && data.types.includes("text/plain")) return; // text stays text
    event.preventDefault(); // the browser would leave the page for the file
    if (document.querySelector("dialog[open]")) return;
    const detail = { type: event.type, files: [...data.files] }; // gone after the event
    const form = event.target instanceof Element && event.target.closest("form.edit");
    if (form) form.dispatchEvent(new CustomEvent("files", { detail }));
    else this.withTray((tray) => tray.came(detail.type, detail.files));
  }

  /** Where drafts of this page are kept. */
  get place() {
    return this.page.isNew ? "new" : this.page.conversation;
  }

  /** Back to writing; where fingers type, focus would raise the keyboard unasked. */
  focusBox() {
    if (!isTouch()) this.box.focus({ preventScroll: true });
  }

  /** Put `text` into the box, before what is being written there. */
  fill(/** @type {string} */ text, files = /** @type {AttachmentView[]} */ ([])) {
    if (files.length) this.withTray((tray) => tray.put(files));
    this.box.value = [text, this.box.value].filter(Boolean).join("\n\n");
    this.#typed();
    this.box.focus();
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }

  /** Send `text` as the next message, unless something is in the way: then that is said. */
  send(/** @type {string} */ text) {
    const { page } = this;
    const obstacle = this.#obstacle(text);
    if (obstacle) {
      page.toast(obstacle);
      return false;
    }
    const files = this.files?.take() ?? [];
    /** @type {Ask} */
    const ask = {
      type: "ask",
      client_id: randomId(),
      conversation: page.conversation,
      parent: page.transcript.leaf,
      text,
      model: this.choice,
      ...(this.think.hidden ? {} : { think: this.think.value }),
      ...(page.isNew ? { ...this.#firstSettings(), temporary: page.isTemporary } : {}),
    };
    if (files.length) ask.attachments = files.map((file) => file.id);
    const pending = page.outbox.add(ask, page.isNew, files);
    page.transcript.say(pending);
    page.live.send(ask);
    page.sent(pending);
    this.update();
    return true;
  }

  get choice() {
    return modelOf(this.model.value);
  }

  /** Show what the button does now, and do what was wanted of a reply that had no number yet. */
  update() {
    if (this.#stopsNext && (this.page.transcript.stop() || !this.#waiting)) this.#stopsNext = false;
    const isRunning = this.page.transcript.running !== null || this.#waiting !== null;
    const mode = isRunning ? "stop" : "send";
    if (mode === this.#mode) return;
    this.#mode = mode;
    const label = mode === "stop" ? gettext("Stop") : gettext("Send");
    this.button.dataset["mode"] = mode;
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
  }

  /** Stop the reply, or take back what has not gone out; whether there was either. */
  stop() {
    const { page } = this;
    const waiting = this.#waiting;
    if (page.transcript.stop()) return true;
    this.#stopsNext = waiting !== null && page.live.isOnline;
    if (!waiting || this.#stopsNext) return this.#stopsNext;
    page.outbox.settle(waiting.ask.client_id);
    page.transcript.findPending(waiting.ask.client_id)?.remove();
    this.fill(waiting.ask.text, waiting.files);
    page.transcript.onrunning();
    return true;
  }

  get #waiting() {
    return this.page.outbox.waiting(this.page.conversation);
  }

  keepDraft() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.page.drafts.write(this.place, this.box.value);
  }

  #submitted(/** @type {SubmitEvent} */ event) {
    event.preventDefault();
    const isTwice = this.#waiting !== null && performance.now() - this.#sentAt < DOUBLE_PRESS;
    if (isTwice) return; // the first of the two was to send
    if (this.#mode === "stop") {
      this.stop();
      this.focusBox();
    } else this.#submit();
  }

  #submit() {
    const text = this.box.value;
    if (text.trim() === "" && !this.files?.count) return;
    // The outbox has the text from here on; the draft goes when that is written.
    if (!this.send(text)) return;
    this.#sentAt = performance.now();
    this.box.value = "";
    this.keepDraft();
    this.#grow();
    this.focusBox();
  }

  /** Why `text` cannot be sent now; empty when it can. */
  #obstacle(/** @type {string} */ text) {
    const tooLong = isTooLong(text) ? "too_long" : "";
    const code = this.#mode === "stop" ? "conversation_busy" : tooLong || (this.choice ? "" : "no_model");
    const fault = this.page.faults[code];
    const files = this.#waitingForTray ? gettext("Wait until the files have arrived.") : this.files?.blocked;
    return fault ? `${fault.text} ${fault.advice}` : this.withheld() || (files ?? "");
  }

  #pressed(/** @type {KeyboardEvent} */ event) {
    const meaning = meaningOf(event, isTouch());
    if (meaning === "send") {
      event.preventDefault();
      this.#submit();
    } else if (meaning === "break" && event.altKey) {
      event.preventDefault();
      this.box.setRangeText("\n", this.box.selectionStart, this.box.selectionEnd, "end");
      this.#typed();
    } else if (event.key === "ArrowUp" && this.box.value === "" && !event.isComposing) {
      const own = this.page.transcript.articles.findLast((article) => article.dataset["role"] === "user");
      const edit = own?.querySelector('.meta [data-action="edit"]');
      if (edit instanceof HTMLElement) {
        event.preventDefault();
        edit.click();
      }
    }
  }

  #typed() {
    this.#timer ||= window.setTimeout(() => this.keepDraft(), DRAFT_DELAY);
    this.#grow();
    this.page.transcript.prepare();
  }

  /** Where CSS cannot size the box by its text. */
  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  /** A new chat starts with what was chosen last. */
  #recall() {
    const value = this.page.store.read("model");
    if ([...this.model.options].some((option) => option.value === value)) this.model.value = value;
    this.think.value = this.page.store.read("think") ?? "";
    this.tools.dataset["on"] = String((this.page.store.read("tools") ?? []).length);
  }

  #choseModel() {
    const { page } = this;
    page.store.write("model", this.model.value);
    this.#showModel();
    const choice = this.choice;
    if (page.isNew || !choice) return;
    page.request(`/c/${page.conversation}/model/`, { method: "POST", body: { ...choice } }).catch(() => {
      // The next message says the model too.
    });
  }

  /** What depends on the model: how it can think, and where it runs. */
  #showModel() {
    this.#offerThinking();
    const option = this.model.selectedOptions[0];
    const host = option?.dataset["host"] ?? option?.closest("optgroup")?.dataset["host"];
    const words = host ? gettext("runs on %(host)s") : gettext("runs on this server");
    for (const line of document.querySelectorAll('[data-slot="host"]'))
      line.replaceChildren(interpolate(words, { host }, true));
  }

  /** Tools and thinking can be chosen where the model can; levels only where it knows levels. */
  #offerThinking() {
    const capabilities = (this.model.selectedOptions[0]?.dataset["capabilities"] ?? "").split(",");
    this.tools.hidden = capabilities[0] !== "" && !capabilities.includes("tools");
    this.think.hidden = !capabilities.includes("thinking");
    if (this.think.selectedIndex < 0) this.think.value = "";
    for (const option of this.think.options) {
      if (THINKING_LEVELS.includes(option.value)) option.hidden = !/gpt-?oss/i.test(this.model.value);
    }
  }

  #firstSettings() {
    const { system_prompt: prompt, sampling, format } = this.settings;
    const tools = this.page.store.read("tools") ?? [];
    return { ...(prompt ? { system_prompt: prompt } : {}), sampling, ...format, tools };
  }

  /** Other models can be chosen now. */
  offered() {
    if (!this.model.value && this.page.isNew) this.#recall();
    if (this.model.selectedIndex < 0) this.model.selectedIndex = 0;
    this.#showModel();
  }
}

customElements.define("chat-composer", Composer);
