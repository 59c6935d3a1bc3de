// What a message says about itself: states, phases, durations and figures as words, put into the article's slots.
// Saved and live messages go through the same functions.

export const RUNNING = ["queued", "loading", "streaming"];

/** @typedef {Record<string, Fault>} Faults */

export const isRunning = (/** @type {HTMLElement} */ article) =>
  RUNNING.includes(article.dataset["state"] ?? "");

const language = () => globalThis.document?.documentElement.lang || "en";

/** A number with at most `digits` decimals, in the page's language. */
export function number(/** @type {number} */ value, digits = 0) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(value);
}

/** Milliseconds for a reader: 0.4 s, 12 s, 3 min 5 s. */
export function duration(/** @type {number} */ milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 59.5) {
    const digits = seconds < 0.0095 ? 3 : seconds < 0.095 ? 2 : seconds < 9.95 ? 1 : 0;
    return interpolate(gettext("%(seconds)s s"), { seconds: number(seconds, digits) }, true);
  }
  const whole = Math.round(seconds);
  const values = { minutes: number(Math.floor(whole / 60)), seconds: number(whole % 60) };
  return interpolate(gettext("%(minutes)s min %(seconds)s s"), values, true);
}

/** A running clock: 0:07. */
export function clock(/** @type {number} */ milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * What a running reply is doing.
 * @param {string} phase
 * @param {number | null} position from 1, while queued
 * @param {number} wait about how many milliseconds still; 0 or less when that is not known
 */
export function phaseText(phase, position = null, wait = 0) {
  switch (phase) {
    case "loading":
      return gettext("Loading the model");
    case "reading":
      return gettext("Reading the prompt");
    case "thinking":
      return gettext("Thinking");
    case "writing":
      return gettext("Writing");
    default: {
      if (!position) return gettext("Queued");
      const words = interpolate(gettext("Queued, place %(position)s"), { position: number(position) }, true);
      const time = roughly(wait);
      return time ? `${words}, ${interpolate(gettext("about %(time)s"), { time }, true)}` : words;
    }
  }
}

/** A time to wait as it is guessed: 5 s, 20 s, 3 min; empty when there is none. */
export function roughly(/** @type {number} */ milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds <= 0) return "";
  if (seconds < 57.5) {
    const fives = Math.max(1, Math.round(seconds / 5)) * 5;
    return interpolate(gettext("%(seconds)s s"), { seconds: number(fives) }, true);
  }
  return interpolate(gettext("%(minutes)s min"), { minutes: number(Math.round(seconds / 60)) }, true);
}

/** Model, tokens, speed, first token and total, as far as they are known. */
export function metricsLine(/** @type {Metrics} */ metrics, model = "") {
  const parts = [model];
  // A narrow line breaks between its parts, not between a number and its unit.
  const say = (/** @type {string} */ text, /** @type {object} */ values) =>
    parts.push(interpolate(text, values, true).replaceAll(" ", "\u00a0"));
  if (metrics.reply_tokens != null) {
    const count = metrics.reply_tokens;
    say(ngettext("%(count)s token", "%(count)s tokens", count), { count: number(count) });
  }
  if (metrics.tokens_per_second != null) {
    const speed = metrics.tokens_per_second;
    say(gettext("%(speed)s tokens/s"), { speed: number(speed, speed < 100 ? 1 : 0) });
  }
  if (metrics.first_ms != null) say(gettext("first token %(time)s"), { time: duration(metrics.first_ms) });
  if (metrics.total_ms != null) say(gettext("total %(time)s"), { time: duration(metrics.total_ms) });
  if (metrics.repeats) {
    const at = metrics.repeats.differs_at;
    if (at === null) parts.push(gettext("run again exactly: same text"));
    else {
      const words = gettext("run again exactly: differs from character %(place)s on");
      parts.push(interpolate(words, { place: number(at + 1) }, true));
    }
  }
  return parts.filter(Boolean).join("\u00a0· ");
}

/** Why a reply has an end that is not its own; empty when it has its own. */
export function seamText(
  /** @type {string} */ state,
  /** @type {string} */ reason,
  /** @type {Metrics} */ metrics,
) {
  const count = metrics.reply_tokens;
  if (state === "complete" && reason === "length") return gettext("Cut off at the length limit");
  if (state === "stopped") return gettext("Stopped");
  if (state !== "interrupted") return "";
  if (!count) return gettext("Interrupted");
  const text = ngettext("Interrupted after %(count)s token", "Interrupted after %(count)s tokens", count);
  return interpolate(text, { count: number(count) }, true);
}

/** The label of the thinking block. */
export function thinkingLabel(isThinking = false, milliseconds = 0) {
  if (isThinking) return gettext("Thinking");
  if (!milliseconds) return gettext("Thoughts");
  return interpolate(gettext("Thought for %(time)s"), { time: duration(milliseconds) }, true);
}

/** The element of `article` for `slot`. */
export function slot(/** @type {ParentNode} */ article, /** @type {string} */ name) {
  return /** @type {HTMLElement | null} */ (article.querySelector(`[data-slot="${name}"]`));
}

function write(/** @type {ParentNode} */ article, /** @type {string} */ name, /** @type {string} */ text) {
  const element = slot(article, name);
  if (element && element.textContent !== text) element.textContent = text;
}

function show(
  /** @type {ParentNode} */ article,
  /** @type {string} */ selector,
  /** @type {boolean} */ isShown,
) {
  const element = /** @type {HTMLElement | null} */ (article.querySelector(selector));
  if (element) element.hidden = !isShown;
}

/** @returns {Metrics} */
export function metricsOf(/** @type {HTMLElement} */ article) {
  try {
    return JSON.parse(article.dataset["metrics"] || "{}") ?? {};
  } catch {
    return {};
  }
}

/** The ids of the messages with the same parent. */
export function siblingsOf(/** @type {HTMLElement} */ article) {
  return (article.dataset["siblings"] ?? "").split(",").filter(Boolean).map(Number);
}

/** Fill every slot of `article` from its data attributes. */
export function fill(/** @type {HTMLElement} */ article, /** @type {Faults} */ faults) {
  const { state = "", reason = "", error = "", detail = "", model = "" } = article.dataset;
  const running = isRunning(article);
  const metrics = metricsOf(article);
  fillSiblings(article);
  fillTime(article);
  if (article.dataset["role"] !== "assistant") return;
  article.setAttribute("aria-busy", String(running));
  write(article, "metrics", running ? model : metricsLine(metrics, model));
  fillServer(article, running ? "" : article.dataset["backend"]);
  write(article, "thinking-label", thinkingLabel(false, metrics.thinking_ms));
  show(article, ".thinking", Boolean(slot(article, "thinking")?.childNodes.length));
  show(article, '[data-slot="waiting"]', running);
  const seam = running ? "" : seamText(state, reason, metrics);
  write(article, "seam-text", seam);
  show(article, '[data-slot="seam"]', seam !== "");
  fillError(article, state === "failed" ? error || "internal" : "", detail, faults);
}

/** Who wrote it, for the pointer that rests on the figures: the model may be on several servers. */
function fillServer(/** @type {HTMLElement} */ article, server = "") {
  const line = slot(article, "metrics");
  if (line) line.title = server && interpolate(gettext("Written by %(server)s"), { server }, true);
}

function fillError(
  /** @type {HTMLElement} */ article,
  /** @type {string} */ code,
  /** @type {string} */ detail,
  /** @type {Faults} */ faults,
) {
  show(article, '[data-slot="error"]', code !== "");
  if (!code) return;
  const fault = faults[code] ?? faults["internal"];
  const advice = document.createElement("span");
  advice.className = "advice";
  advice.textContent = fault?.advice ?? "";
  slot(article, "error-text")?.replaceChildren(`${fault?.text ?? code} `, advice);
  write(article, "error-raw", detail);
  show(article, '[data-slot="error-detail"]', detail !== "");
  show(article, '[data-slot="other-model"]', ["server_gone", "model_missing"].includes(code));
  show(article, '[data-slot="go-on"]', Boolean(slot(article, "content")?.childNodes.length));
}

function fillTime(/** @type {HTMLElement} */ article) {
  const time = slot(article, "time");
  const created = new Date(article.dataset["created"] ?? "");
  if (!time || Number.isNaN(created.getTime())) return;
  time.textContent = created.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  time.title = created.toLocaleString(language(), { dateStyle: "full", timeStyle: "medium" });
}

function fillSiblings(/** @type {HTMLElement} */ article) {
  const siblings = siblingsOf(article);
  const place = siblings.indexOf(Number(article.dataset["message"]));
  show(article, ".siblings", siblings.length > 1 && place >= 0);
  write(article, "siblings", `${number(place + 1)}/${number(siblings.length)}`);
  for (const [action, at] of /** @type {[string, number][]} */ ([
    ["previous", place - 1],
    ["next", place + 1],
  ])) {
    const button = article.querySelector(`[data-action="${action}"]`);
    if (button instanceof HTMLButtonElement) button.disabled = siblings[at] === undefined;
  }
}

/** Write what a stored message is into the article's data attributes. */
export function describe(/** @type {HTMLElement} */ article, /** @type {MessageView} */ view) {
  const { dataset } = article;
  dataset["message"] = String(view.id);
  dataset["role"] = view.role;
  dataset["state"] = view.state;
  dataset["parent"] = view.parent === null ? "" : String(view.parent);
  dataset["siblings"] = view.siblings.join(",");
  dataset["created"] = view.created_at;
  dataset["backend"] = view.backend_name;
  dataset["model"] = view.model_name;
  if (view.client_id) dataset["clientId"] = view.client_id;
}

/** A copy of the page's template for messages of `role`. */
export function blank(/** @type {string} */ role) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(`message-${role}`));
  const copy = document.importNode(template.content, true);
  return /** @type {HTMLElement} */ (copy.querySelector("article"));
}

/** An article for a message that the socket told of. */
export function draw(/** @type {MessageView} */ view, /** @type {Faults} */ faults) {
  const article = blank(view.role);
  describe(article, view);
  if (view.tool) drawCall(article, view.tool);
  if (view.role === "user") write(article, "content", view.content);
  if (view.attachments?.length) showFiles(article, view.attachments);
  name(article);
  fill(article, faults);
  return article;
}

/** Draw the files of a message that is not drawn by the server. */
export function showFiles(/** @type {HTMLElement} */ article, /** @type {AttachmentView[]} */ files) {
  import("./attachments/shown.js")
    .then(({ show }) => show(article, files))
    .catch(() => {
      // Without a server nothing of them could be seen either; the next path has them.
    });
}

/** The site's own tools; those of servers are called what their servers call them. */
const toolName = (/** @type {string} */ name) =>
  ({
    current_time: gettext("Date and time"),
    calculator: gettext("Calculator"),
    list_attachments: gettext("List of files"),
    read_attachment: gettext("Reading a file"),
  })[name] ?? name;

function drawCall(/** @type {HTMLElement} */ article, /** @type {ToolView} */ tool) {
  write(article, "tool-name", toolName(tool.label));
  write(article, "gist", tool.gist);
  write(article, "arguments", tool.arguments);
  show(article, '[data-slot="remember"]', tool.remembers);
}

/** Say who speaks, for those who hear the page. */
export function name(/** @type {HTMLElement} */ article) {
  write(
    article,
    "speaker",
    interpolate(gettext("%(model)s said"), { model: article.dataset["model"] }, true),
  );
}
