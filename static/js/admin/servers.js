// The form of a model server: its test answers on the page, and the models that it found can be chosen at once.

import { hasGone } from "../focus/late.js";

const button = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-test]"));
const form = button?.form;
const box = /** @type {HTMLElement | null} */ (document.querySelector('[data-slot="finding"]'));
const all = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=offers_all]"));
const chosen = /** @type {HTMLElement | null} */ (document.querySelector("#id_chosen_models"));

/** @typedef {{ is_up: boolean, lines: string[], models: string[] }} Found */

/** Ask the server as the form is now. */
async function test(/** @type {HTMLFormElement} */ form, /** @type {HTMLInputElement} */ button) {
  const label = button.value;
  button.disabled = true;
  button.value = button.dataset["busy"] ?? label;
  try {
    const response = await fetch(button.formAction, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    show(/** @type {Found} */ (await response.json()));
  } catch {
    show({ is_up: false, lines: [button.dataset["lost"] ?? ""], models: [] });
  } finally {
    button.disabled = false;
    button.value = label;
    if (!hasGone(button)) button.focus();
  }
}

function show(/** @type {Found} */ found) {
  if (!box) return;
  box.dataset["state"] = found.is_up ? "up" : "down";
  box.replaceChildren(...found.lines.filter(Boolean).map(paragraph));
  for (const name of found.models) offer(name);
}

function paragraph(/** @type {string} */ text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/** A model that the form does not list yet. */
function offer(/** @type {string} */ name) {
  if (!chosen || chosen.querySelector(`input[value="${CSS.escape(name)}"]`)) return;
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", name: "chosen_models", value: name });
  const label = document.createElement("label");
  label.append(input, ` ${name}`);
  const line = document.createElement("div");
  line.append(label);
  chosen.append(line);
}

/** Single models are of interest only where not all are offered. */
function fold() {
  for (const name of ["chosen_models", "other_models"]) {
    const row = /** @type {HTMLElement | null} */ (document.querySelector(`.field-${name}`));
    if (row) row.hidden = all?.checked ?? false;
  }
}

if (form && button) {
  form.addEventListener("submit", (event) => {
    if (event.submitter !== button) return;
    event.preventDefault();
    void test(form, button);
  });
  all?.addEventListener("change", fold);
  fold();
}
