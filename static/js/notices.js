// What passes: toasts, and what screen readers are told.

const LASTS = 6000;
const LASTS_WITH_ACTION = 10_000;
const MOST = 3;
/** About how long a screen reader speaks, in milliseconds a character. */
const SPEAKING = 55;
const SENTENCE_END = /[.!?…:。！？][)\]"'”’»*_`]*\s|\n+/g;

/** Show a passing notice, with at most one action. */
export function toast(
  /** @type {string} */ text,
  /** @type {{label: string, run: () => void} | undefined} */ action,
) {
  const place = document.querySelector("chat-toasts");
  const template = document.getElementById("toast");
  if (!place || !(template instanceof HTMLTemplateElement)) return;
  const element = document.importNode(template.content, true).querySelector(".toast");
  const words = element?.querySelector('[data-slot="text"]');
  const button = element?.querySelector('[data-slot="button"]');
  if (!(element instanceof HTMLElement) || !words || !(button instanceof HTMLElement)) return;
  words.textContent = text;
  if (action) {
    button.textContent = action.label;
    button.hidden = false;
    button.addEventListener("click", () => {
      element.remove();
      action.run();
    });
  }
  while (place.childElementCount >= MOST) place.firstElementChild?.remove();
  place.append(element);
  leaveAfter(element, action ? LASTS_WITH_ACTION : LASTS);
}

/** Take the notice away after a while, but not from under a pointer or the focus. */
function leaveAfter(/** @type {HTMLElement} */ element, /** @type {number} */ lasts) {
  const check = () => {
    if (element.matches(":hover, :focus-within")) timer = window.setTimeout(check, 1000);
    else element.remove();
  };
  let timer = window.setTimeout(check, lasts);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    clearTimeout(timer);
    element.remove();
    event.stopPropagation();
  });
}

/** Finished sentences out of text that comes in pieces. Code is named, not read. */
export class Sentences {
  #rest = "";
  #isCode = false;

  /** The sentences that `text` finishes, without Markdown's marks. */
  push(/** @type {string} */ text) {
    this.#rest += text;
    const said = [];
    for (let fence = this.#fence(); fence; fence = this.#fence()) {
      said.push(this.#isCode ? gettext("Code.") : plain(this.#rest.slice(0, fence.index)));
      this.#isCode = !this.#isCode;
      this.#rest = this.#rest.slice(fence.index + fence[0].length);
    }
    if (!this.#isCode) {
      let end = 0;
      for (const match of this.#rest.matchAll(SENTENCE_END)) end = match.index + match[0].length;
      said.push(plain(this.#rest.slice(0, end)));
      this.#rest = this.#rest.slice(end);
    }
    return said.filter(Boolean).join(" ");
  }

  /** What is left when the text is over. */
  end() {
    const rest = this.#isCode ? gettext("Code.") : plain(this.#rest);
    this.#rest = "";
    this.#isCode = false;
    return rest;
  }

  #fence() {
    return /^ {0,3}(```|~~~).*\n/m.exec(this.#rest);
  }
}

function plain(/** @type {string} */ text) {
  return text
    .replace(/^[\s|:-]+$/gm, " ")
    .replace(/^\s*(#{1,6}|>|[-*+]|\d+[.)])\s+/gm, "")
    .replace(/[*_`~]+/g, "")
    .replaceAll("|", " ")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

const sentences = new Sentences();
let waiting = "";
let isBusy = false;

/** Say something politely, and at once: what a reply says waits behind it. */
export function announce(/** @type {string} */ text) {
  add(text, false);
}

/** A reply's sentences take the place of those before; what is announced in between stays for a while. */
function add(/** @type {string} */ text, /** @type {boolean} */ isReply) {
  const region = document.querySelector('[data-slot="announcer"]');
  const line = document.createElement("p");
  line.textContent = text;
  line.toggleAttribute("data-reply", isReply);
  if (isReply) region?.querySelector("[data-reply]")?.remove();
  else setTimeout(() => line.remove(), LASTS);
  region?.append(line);
}

/** While something is being said, at most one more waits, and grows. */
function queue(/** @type {string} */ text) {
  if (!text) return;
  waiting = waiting ? `${waiting} ${text}` : text;
  if (!isBusy) next();
}

function next() {
  const text = waiting;
  waiting = "";
  isBusy = text !== "";
  if (!isBusy) return;
  add(text, true);
  setTimeout(next, Math.min(15_000, 500 + text.length * SPEAKING));
}

/** A reply's text as it comes; only whole sentences are said. */
export function speak(/** @type {string} */ text, /** @type {boolean} */ isEnd) {
  queue(sentences.push(text));
  if (!isEnd) return;
  queue(sentences.end());
  queue(gettext("Reply finished"));
}
