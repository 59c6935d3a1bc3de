// Vectors to look at: how long they are, how they begin, and how alike the texts are.

import { number } from "../../message.js";

const FIRST = 5;
const LEVELS = 5;

/**
 * The cosine of the angle between two vectors; NaN when one of them is nought.
 *
 * @param {number[]} a
 * @param {number[]} b
 */
export function likeness(a, b) {
  const product = (/** @type {number[]} */ one, /** @type {number[]} */ other) =>
    one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Two decimals, always: a column is compared. */
function fixed(/** @type {number} */ value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const language = document.documentElement.lang || "en";
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, form).format(value);
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** What was asked and what came: a line for each text, and a table of likeness from two texts on. */
export function draw(/** @type {string[]} */ texts, /** @type {number[][]} */ vectors) {
  const length = vectors[0]?.length ?? 0;
  const dimensions = ngettext("%(count)s dimension", "%(count)s dimensions", length);
  const parts = document.createDocumentFragment();
  parts.append(
    make("p", { class: "sum" }, interpolate(dimensions, { count: number(length) }, true)),
    make("ol", { class: "vectors" }, ...vectors.map((vector, place) => item(texts[place] ?? "", vector))),
  );
  if (vectors.length > 1) parts.append(matrix(texts, vectors));
  return parts;
}

function item(/** @type {string} */ text, /** @type {number[]} */ vector) {
  const first = vector.slice(0, FIRST).map((value) => fixed(value, 4));
  const values = `[${first.join("; ")}${vector.length > FIRST ? "; …" : ""}]`;
  return make("li", {}, make("span", { dir: "auto" }, text), make("code", {}, values));
}

function matrix(/** @type {string[]} */ texts, /** @type {number[][]} */ vectors) {
  const title = gettext("Cosine similarity");
  const heads = vectors.map((_vector, place) => make("th", { scope: "col" }, number(place + 1)));
  const rows = vectors.map((vector, place) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", title: texts[place] ?? "" }, rowName(place, texts[place] ?? "")),
      ...vectors.map((other) => cell(likeness(vector, other))),
    ),
  );
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, make("td", {}), ...heads)),
    make("tbody", {}, ...rows),
  );
  const scrolls = make("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": title }, table);
  return make("div", { class: "matrix" }, make("h2", {}, title), scrolls);
}

function rowName(/** @type {number} */ place, /** @type {string} */ text) {
  return make("span", { dir: "auto" }, `${number(place + 1)} ${text}`);
}

function cell(/** @type {number} */ value) {
  const level = Math.min(LEVELS - 1, Math.max(0, Math.floor(value * LEVELS))) || 0;
  return make("td", { "data-level": String(level) }, fixed(value));
}
