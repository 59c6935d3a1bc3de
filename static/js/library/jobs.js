// The list of jobs: looked at every second while one runs, and rarely otherwise; told to screen readers sparsely.

import { fragment, patch } from "../markdown/html.js";
import { announce } from "./notices.js";
import { load } from "./request.js";

const BUSY = 1000;
const IDLE = 10_000;
/** A quarter of the way is worth a word. */
const STEP = 25;

/** @typedef {{ state: string, quarter: number, backend: string, name: string }} Seen */

/** What each job on the page shows. */
function seen(/** @type {Element} */ list) {
  const found = /** @type {Map<string, Seen>} */ (new Map());
  for (const item of list.querySelectorAll("[data-job]")) {
    const { job = "", state = "", backend = "", name = "" } = /** @type {HTMLElement} */ (item).dataset;
    const bar = item.querySelector("progress");
    const percent = bar?.hasAttribute("value") ? bar.value : 0;
    found.set(job, { state, quarter: Math.floor(percent / STEP), backend, name });
  }
  return found;
}

/**
 * What is worth saying between two looks; pure, for the tests.
 *
 * @param {Seen | undefined} before
 * @param {Seen} now
 */
export function news(before, now) {
  if (before && before.state === now.state) {
    if (now.state !== "running" || now.quarter <= before.quarter) return "";
    return interpolate(
      gettext("%(name)s: %(percent)s percent"),
      { name: now.name, percent: now.quarter * STEP },
      true,
    );
  }
  const words = /** @type {Record<string, string>} */ ({
    running: gettext("%(name)s: begun"),
    complete: gettext("%(name)s: complete"),
    stopped: gettext("%(name)s: stopped"),
    interrupted: gettext("%(name)s: interrupted"),
    failed: gettext("%(name)s: failed"),
  });
  return interpolate(words[now.state] ?? "", { name: now.name }, true);
}

/** An open part stays open when its list is drawn anew. */
function keepOpen(/** @type {Element} */ list, /** @type {DocumentFragment} */ fresh) {
  for (const part of list.querySelectorAll("details[open][data-key]")) {
    const key = /** @type {HTMLElement} */ (part).dataset["key"] ?? "";
    fresh.querySelector(`details[data-key="${CSS.escape(key)}"]`)?.setAttribute("open", "");
  }
}

/**
 * Look again and again. `ended` is told the backend whose job has just ended.
 *
 * @param {(backend: string) => void} ended
 */
export function keepLooking(ended) {
  const section = document.querySelector("[data-slot=work]");
  const list = document.querySelector("[data-slot=jobs]");
  if (!(section instanceof HTMLElement) || !list) return { look: () => {} };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let looks = 0;

  async function look() {
    clearTimeout(timer);
    const turn = (looks += 1);
    try {
      const { text } = await load(/** @type {HTMLElement} */ (section).dataset["source"] ?? "");
      if (turn !== looks) return; // looked again since: that answer is newer
      draw(fragment(text));
    } catch {
      // Our server is away for a moment: what is shown stays, and it is asked again.
    }
    plan();
  }

  function draw(/** @type {DocumentFragment} */ fresh) {
    const before = seen(/** @type {Element} */ (list));
    keepOpen(/** @type {Element} */ (list), fresh);
    patch(/** @type {Element} */ (list), fresh);
    for (const [job, now] of seen(/** @type {Element} */ (list))) {
      const words = news(before.get(job), now);
      if (words) announce(words);
      if (words && now.state !== "running") ended(now.backend);
    }
  }

  function plan() {
    clearTimeout(timer);
    const isRunning = [...seen(/** @type {Element} */ (list)).values()].some(
      (each) => each.state === "running",
    );
    timer = setTimeout(() => (document.hidden ? plan() : void look()), isRunning ? BUSY : IDLE);
  }

  document.addEventListener("visibilitychange", () => document.hidden || void look());
  plan();
  return { look: () => void look() };
}
