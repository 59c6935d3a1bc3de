// A page of a review project, its queue or one of its cases: what other reviewers change appears by itself, and who
// else is there. What is sent is answered with a page; the parts of it marked `data-live` take the old ones' places.

import { Live } from "../live.js";
import { fragment, patch } from "../markdown/html.js";
import { localise } from "../review/moments.js";
import { Company } from "./company.js";

const AGAIN_EVERY = 10_000;
const SOON = 250;

const root = /** @type {HTMLElement} */ (document.querySelector("[data-review]"));
const project = Number(root.dataset["project"]);
const own = root.dataset["case"] ? Number(root.dataset["case"]) : null;
const user = Number(root.dataset["user"]);
const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`;
const live = new Live(address, user);
const company = new Company(user);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
let loads = 0;

function watch() {
  live.send({ type: "watch", project, case: own });
}

/** Fetch the page again, soon: several changes at once cost one. */
function refresh() {
  clearTimeout(waiting);
  waiting = setTimeout(() => void load(here()), SOON);
}

/** This page, with the labels and notes of the message that they are shown of. */
function here() {
  const url = new URL(location.href);
  const target = document.getElementById("marks")?.dataset["target"];
  if (target) url.searchParams.set("on", target);
  return url.href;
}

/** @param {string} url @param {HTMLFormElement} [form] @param {FormData} [sent] */
async function load(url, form, sent) {
  const number = (loads += 1);
  try {
    const body = sent ? { method: "POST", body: sent } : {};
    const response = await fetch(url, { ...body, headers: { Accept: "text/html" } });
    const isOther = new URL(response.url).pathname !== location.pathname;
    if (form && (isOther || !response.ok)) location.reload();
    else if (response.ok && !isOther && (form || number === loads)) {
      const html = await response.text();
      // What was changed since it was sent is still to be said.
      show(fragment(html), form && sent && isSame(form, sent) ? form : undefined, form !== undefined);
    }
    if (form) refresh(); // something newer may have been shown before this answer came
  } catch {
    if (form) say(root.dataset["lost"] ?? "");
  }
}

/**
 * Put the living parts of `fresh` in the place of ours, but none in which somebody is busy, unless they sent that.
 *
 * @param {DocumentFragment} fresh
 * @param {HTMLFormElement} [form] what was sent, as it still stands
 * @param {boolean} [isAnswer] to what was sent
 */
function show(fresh, form, isAnswer = false) {
  const words = fresh.querySelectorAll(".messagelist li, .messages li");
  localise(fresh);
  for (const part of document.querySelectorAll("[data-live]")) {
    const name = /** @type {HTMLElement} */ (part).dataset["live"];
    const newer = fresh.querySelector(`[data-live="${name}"]`);
    if (newer && ((form && part.contains(form)) || !isBusy(part))) patch(part, newer);
  }
  if (isAnswer) say([...words].map((line) => line.textContent?.trim()).join(" "));
  else showMarks(fresh);
  draw();
}

function isSame(/** @type {HTMLFormElement} */ form, /** @type {FormData} */ sent) {
  return [...new FormData(form)].every(([name, value]) => sent.get(name) === value);
}

/** What others put on the conversation and its messages (`review/marks.js` sees to one's own). */
function showMarks(/** @type {DocumentFragment} */ fresh) {
  for (const part of document.querySelectorAll("#marks, .strip[id]")) {
    const newer = fresh.querySelector(`#${part.id}`);
    const isSame =
      newer instanceof HTMLElement && newer.dataset["target"] === part.getAttribute("data-target");
    const isFree = !isBusy(part) && !part.contains(document.activeElement);
    if (newer && isFree && (part.id !== "marks" || isSame)) patch(part, newer);
  }
}

function isBusy(/** @type {Element} */ part) {
  /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>} */
  const fields = part.querySelectorAll("input:not([type=hidden]), textarea, select");
  return [...fields].some((field) => {
    if (field instanceof HTMLInputElement && field.type === "radio")
      return field.checked !== field.defaultChecked;
    if (field instanceof HTMLSelectElement)
      return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return field.value !== field.defaultValue;
  });
}

function say(/** @type {string} */ words) {
  const slot = root.querySelector("[data-slot=said]");
  if (slot) slot.textContent = words;
}

/** Who is here: beside the case that they read, or in a line on the page of the case. */
function draw() {
  for (const slot of root.querySelectorAll("[data-slot=here]")) {
    const at = own ?? Number(/** @type {HTMLElement} */ (slot.closest("[data-case]")).dataset["case"]);
    const names = company.at(at);
    const words = /** @type {HTMLElement} */ (slot).dataset["words"] ?? "";
    slot.textContent = names.length ? `${words} ${names.join(", ")}`.trim() : "";
  }
}

function submit(/** @type {SubmitEvent} */ event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset["act"] === undefined) return;
  event.preventDefault();
  // `action` may be shadowed by a field of that name.
  void load(form.getAttribute("action") ?? "", form, new FormData(form, event.submitter));
}

live.onstate = (state) => {
  root.dataset["connection"] = state;
  if (state === "signed-out") say(root.dataset["out"] ?? "");
};
live.on("welcome", () => {
  watch();
  refresh(); // what changed while we were away
});
live.on("case.changed", (event) => {
  if (event.project === project && (own === null || event.case === own)) refresh();
});
live.on("reviewer.seen", (event) => {
  if (event.project !== project) return;
  if (event.how === "came" && event.user !== user) watch();
  company.take(event, Date.now());
  draw();
});
live.on("error", (event) => {
  if (event.re === "watch") location.reload(); // not a reviewer here any more: the page says so
});

root.addEventListener("submit", submit);
setInterval(() => {
  watch();
  if (company.forget(Date.now())) draw();
}, AGAIN_EVERY);
addEventListener("pagehide", () => live.stop());
addEventListener("pageshow", (event) => event.persisted && live.start());
addEventListener("online", () => live.wake());
document.addEventListener("visibilitychange", () => document.hidden || live.wake());
localise(document);
live.start();
