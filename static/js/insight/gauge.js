// How full the model's context will be: a quiet ring in the composer from seventy per cent on, and a line on its
// edge when a draft pushes old turns out. The server says what the turns take; the draft is counted here.

import { number } from "../message.js";

const SHOWN_FROM = 0.7;
const WARNS_FROM = 0.95;
const DELAY = 300;
const RING = "http://www.w3.org/2000/svg";

/** @typedef {{limit: number, fixed: number, turns: number[], per_token: number}} Forecast */

/**
 * How many tokens the next question makes, and how many of the oldest turns it pushes out, and whether
 * it is too long by itself.
 * @param {Forecast} forecast
 * @param {string} draft
 * @param {number} [files] the tokens of what is added to it
 */
export function measure(forecast, draft, files = 0) {
  const own = (draft ? Math.ceil(draft.length / forecast.per_token) + 4 : 0) + files;
  const turns = forecast.turns.reduce((sum, tokens) => sum + tokens, 0);
  const used = forecast.fixed + turns + own;
  let left = used;
  let fallen = 0;
  while (left > forecast.limit && fallen < forecast.turns.length) left -= forecast.turns[fallen++];
  return { used, fallen, share: used / forecast.limit, isTooLong: forecast.fixed + own > forecast.limit };
}

export class Gauge {
  /** @type {Forecast | null} */
  #forecast = null;
  #timer = 0;
  #turn = 0;

  constructor(/** @type {Page} */ page) {
    this.page = page;
    const { composer } = page;
    this.ring = ring();
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "gauge";
    this.button.hidden = true;
    this.words = document.createElement("span");
    this.words.className = "gauge-words";
    this.words.setAttribute("aria-hidden", "true");
    this.button.append(this.ring, this.words);
    composer.button.before(this.button);
    this.line = document.createElement("p");
    this.line.className = "gauge-line";
    this.line.setAttribute("role", "status");
    composer.form.append(this.line);
    composer.box.addEventListener("input", () => this.#soon());
    composer.model.addEventListener("change", () => this.look());
    // Files come and go.
    const watched = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] };
    new MutationObserver(() => this.#soon()).observe(composer.form, watched);
    document.getElementById("settings")?.addEventListener("close", () => this.look());
    this.button.addEventListener("click", () => page.announce(this.words.textContent ?? ""));
  }

  /** Ask the server anew. */
  async look() {
    const { page } = this;
    const turn = (this.#turn += 1);
    const choice = page.composer.choice;
    if (!choice) return;
    const query = new URLSearchParams({ ...choice });
    try {
      const response = await page.request(`/c/${page.conversation}/context/?${query}`);
      const found = await response.json();
      if (turn !== this.#turn) return;
      this.#forecast = found.limit ? found : null;
      this.#draw();
    } catch {
      // It stays as it was; sending works without.
    }
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#draw(), DELAY);
  }

  #draw() {
    const draft = this.page.composer.box.value;
    const files = (this.page.composer.files?.views ?? []).reduce((sum, file) => sum + file.tokens, 0);
    const found = this.#forecast && measure(this.#forecast, draft, files);
    this.button.hidden = !found || found.share < SHOWN_FROM;
    this.button.dataset["full"] = String(Boolean(found && found.share >= WARNS_FROM));
    if (!found || !this.#forecast) {
      this.#say("");
      return;
    }
    const about = interpolate(
      gettext("About %(used)s of %(limit)s tokens"),
      { used: number(rounded(found.used)), limit: number(this.#forecast.limit) },
      true,
    );
    if (this.words.textContent !== about) {
      this.words.textContent = about;
      this.button.setAttribute("aria-label", about);
    }
    this.ring
      .querySelector(".filled")
      ?.setAttribute("stroke-dasharray", `${Math.min(100, Math.round(found.share * 100))} 100`);
    this.#say((draft || files) && found.share >= WARNS_FROM ? warning(found) : "");
  }

  #say(/** @type {string} */ text) {
    if (this.line.textContent !== text) this.line.textContent = text;
  }
}

function warning(/** @type {{fallen: number, isTooLong: boolean}} */ { fallen, isTooLong }) {
  if (isTooLong) return gettext("This message is longer than what the model reads.");
  if (!fallen) return gettext("The model’s context is nearly full.");
  const text = ngettext(
    "%(count)s old message falls out of what the model reads.",
    "%(count)s old messages fall out of what the model reads.",
    fallen,
  );
  return interpolate(text, { count: number(fallen) }, true);
}

/** To two places: more would pretend to know. */
function rounded(/** @type {number} */ value) {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value || 1)) - 1);
  return Math.round(value / step) * step;
}

function ring() {
  const drawing = document.createElementNS(RING, "svg");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("aria-hidden", "true");
  for (const name of ["whole", "filled"]) {
    const circle = document.createElementNS(RING, "circle");
    circle.setAttribute("class", name);
    for (const [key, value] of Object.entries({ cx: "10", cy: "10", r: "7", pathLength: "100" }))
      circle.setAttribute(key, value);
    drawing.append(circle);
  }
  return drawing;
}
