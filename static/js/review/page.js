// The reading page of staff. All of it works without this file; here it answers to keys, and forms leave the page as it is.

import { hydrate } from "../markdown/hydrate.js";
import { showAbout } from "./about.js";
import { listen } from "./keys.js";
import { Marks } from "./marks.js";
import { localise } from "./moments.js";
import { Turns } from "./turns.js";

/** The usual reasons fill the field. */
function suggest(/** @type {HTMLElement} */ group) {
  const field = /** @type {HTMLTextAreaElement} */ (document.getElementById(group.dataset["fills"] ?? ""));
  group.hidden = false;
  group.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button");
    if (!button) return;
    field.value = button.textContent ?? "";
    field.focus();
  });
}

function start(/** @type {HTMLElement} */ desk) {
  const turns = new Turns(desk);
  const marks = new Marks(turns);
  hydrate(desk);
  listen(turns, marks);
  desk.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-action]");
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { action } = link.dataset;
    const turn = /** @type {HTMLElement | null} */ (link.closest(".turn"));
    event.preventDefault();
    if (action === "about") showAbout(link.href);
    else if (action === "whole") marks.aim(null, "label");
    else if (turn) {
      turns.choose(turn);
      marks.aim(turn, action === "note" ? "note" : "label");
    }
  });
}

localise(document);
for (const group of document.querySelectorAll("[data-fills]")) suggest(/** @type {HTMLElement} */ (group));
const desk = /** @type {HTMLElement | null} */ (document.querySelector(".desk"));
if (desk) start(desk);
