// Trying a model: what is asked goes up, what comes is shown as it comes, Stop closes the connection.

import "../../menus.js";
import { fragment } from "../../markdown/html.js";
import { clock, metricsLine, phaseText, slot } from "../../message.js";
import { announce, toast } from "../notices.js";
import { Failed, lines, refusal } from "./stream.js";
import { draw } from "./vectors.js";

/** @typedef {import("./stream.js").Line} Line */

const asking = part(document, "asking");
const result = part(document, "result");
/** @type {AbortController | null} */
let call = null;
/** What Copy copies. */
let whole = "";

/** A part of the page that is always there. */
function part(/** @type {ParentNode} */ root, /** @type {string} */ name) {
  return /** @type {HTMLElement} */ (slot(root, name));
}

const form = () => /** @type {HTMLFormElement} */ (asking.querySelector("form"));

async function ask() {
  const { way = "" } = form().dataset;
  const sent = new FormData(form());
  const controller = (call = new AbortController());
  const watch = begin();
  try {
    const response = await post(sent, controller.signal);
    if (response.status === 422) {
      refuse(await response.text());
      return;
    }
    if (!response.ok || !response.body) throw await refusal(response);
    const isDone = await show(lines(response.body), way, texts(sent), watch);
    if (!isDone) throw new Failed(gettext("The answer broke off. Try again."));
    announce(gettext("Done"));
  } catch (error) {
    if (controller.signal.aborted) announce(gettext("Stopped"));
    else fail(error);
  } finally {
    end(watch, controller.signal.aborted);
  }
}

function post(/** @type {FormData} */ body, /** @type {AbortSignal} */ signal) {
  const headers = { "X-Requested-With": "fetch", "X-CSRFToken": String(body.get("csrfmiddlewaretoken")) };
  return fetch(form().action, { method: "POST", headers: { ...headers, Accept: "*/*" }, body, signal });
}

/** The lines of the field as the server counts them. */
function texts(/** @type {FormData} */ sent) {
  return String(sent.get("texts") ?? "")
    .split("\n")
    .map((text) => text.trim())
    .filter(Boolean);
}

/** @typedef {{ at: number, first: number | null, phase: string, timer: number }} Watch */

/** The place for the answer, empty, with a running clock. */
function begin() {
  const at = performance.now();
  const tick = () => (part(result, "clock").textContent = clock(performance.now() - at));
  for (const name of ["failure", "outcome", "thoughts"]) slot(result, name)?.toggleAttribute("hidden", true);
  for (const name of ["answer", "thinking", "vectors", "metrics"]) slot(result, name)?.replaceChildren();
  whole = "";
  result.hidden = false;
  result.setAttribute("aria-busy", "true");
  part(result, "doing").hidden = false;
  say("waiting");
  tick();
  swap("go", "stop");
  result.scrollIntoView({ block: "nearest" });
  return /** @type {Watch} */ ({ at, first: null, phase: "waiting", timer: window.setInterval(tick, 1000) });
}

function say(/** @type {string} */ phase) {
  const words = phase === "waiting" ? gettext("Waiting for the model server") : phaseText(phase);
  part(result, "phase").textContent = words;
  announce(words);
}

/** Show `from` instead of `to`, the focus going along. */
function swap(/** @type {string} */ from, /** @type {string} */ to) {
  const [old, now] = [part(form(), from), part(form(), to)];
  const hasFocus = old === document.activeElement;
  now.hidden = false;
  if (hasFocus) now.focus();
  old.hidden = true;
}

/** Draw what comes; whether it came to its end. */
async function show(
  /** @type {AsyncGenerator<Line, void, void>} */ answer,
  /** @type {string} */ way,
  /** @type {string[]} */ asked,
  /** @type {Watch} */ watch,
) {
  for await (const line of answer) {
    if (line.error) throw new Failed([line.title, line.advice].filter(Boolean).join(" "), line.detail);
    if (line.phase && line.phase !== watch.phase) say((watch.phase = line.phase));
    if (line.response || line.thinking) add(line, watch);
    if (line.embeddings) {
      part(result, "vectors").replaceChildren(draw(asked, line.embeddings));
      whole = JSON.stringify({ model: form().dataset["model"], embeddings: line.embeddings });
    }
    if (line.done || line.embeddings) {
      finish(line, way, watch);
      return true;
    }
  }
  return false;
}

function add(/** @type {Line} */ line, /** @type {Watch} */ watch) {
  watch.first ??= performance.now() - watch.at;
  const phase = line.response ? "writing" : "thinking";
  if (watch.phase !== phase) say((watch.phase = phase));
  for (const [name, text] of [
    ["thinking", line.thinking],
    ["answer", line.response],
  ]) {
    if (!text) continue;
    const place = part(result, name ?? "");
    if (place.firstChild instanceof Text) place.firstChild.appendData(text);
    else place.append(text);
  }
  if (line.thinking) part(result, "thoughts").hidden = false;
  whole += line.response ?? "";
}

function finish(/** @type {Line} */ line, /** @type {string} */ way, /** @type {Watch} */ watch) {
  const metrics = { ...line.metrics, first_ms: watch.first, total_ms: performance.now() - watch.at };
  const cut = line.reason === "length" ? [gettext("Cut off at the length limit")] : [];
  const empty = way === "generate" && !whole ? [gettext("The model said nothing.")] : [];
  const said = [...cut, ...empty, metricsLine(/** @type {Metrics} */ (metrics))].filter(Boolean);
  part(result, "metrics").textContent = said.join(" · ");
}

function fail(/** @type {unknown} */ error) {
  const isOurs = error instanceof Failed;
  const words = isOurs ? error.message : gettext("No connection. Try again when it is back.");
  part(result, "fault").textContent = words;
  part(result, "detail").textContent = isOurs ? error.detail : "";
  part(result, "raw").hidden = !isOurs || !error.detail;
  part(result, "failure").hidden = false;
}

function end(/** @type {Watch} */ watch, /** @type {boolean} */ isStopped) {
  clearInterval(watch.timer);
  call = null;
  result.removeAttribute("aria-busy");
  part(result, "doing").hidden = true;
  if (isStopped) part(result, "metrics").textContent = gettext("Stopped");
  part(result, "outcome").hidden = !whole && !part(result, "metrics").textContent;
  part(result, "copy").hidden = !whole;
  swap("stop", "go");
}

/** Without this file the answer would be a page of bare lines, so it cannot be asked for sooner. */
function ready() {
  /** @type {HTMLButtonElement} */ (part(form(), "go")).disabled = false;
}

/** The form again with what is wrong; files that were chosen are chosen still. */
function refuse(/** @type {string} */ text) {
  const files = form().querySelector("input[type=file]");
  asking.replaceChildren(fragment(text));
  if (files) asking.querySelector("input[type=file]")?.replaceWith(files);
  ready();
  result.hidden = true;
  const wrong = asking.querySelector("[aria-invalid=true]") ?? asking.querySelector("textarea");
  if (wrong instanceof HTMLElement) wrong.focus();
  announce(gettext("Something is wrong in the form."));
}

document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  if (!call) void ask();
});
asking.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-slot=stop]") : null;
  if (button) call?.abort();
});
asking.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (!call) form().requestSubmit();
});
part(result, "copy").addEventListener("click", () => {
  import("../../actions.js")
    .then(({ copy }) => copy(Promise.resolve(whole)))
    .then(
      () => toast(gettext("Copied")),
      () => toast(gettext("That did not work. Try again.")),
    );
});
ready();
// Kept by the browser when one comes back to the page: a call that was running is not.
addEventListener("pagehide", () => call?.abort());
