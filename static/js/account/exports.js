// The page of exports: looks again while one is being made.

import { load } from "../library/request.js";
import { fragment, patch } from "../markdown/html.js";
import { localise } from "../review/moments.js";

const SOON = 1000;

const list = /** @type {HTMLElement} */ (document.querySelector("[data-slot=exports]"));

function isBusy() {
  return list.querySelector("[data-state=waiting], [data-state=running]") !== null;
}

async function look() {
  try {
    const { text } = await load(list.dataset["source"] ?? "");
    const fresh = fragment(text);
    localise(fresh);
    patch(list, fresh);
  } catch {
    // The server is away for a moment: what is shown stays, and it is asked again.
  }
  plan();
}

function plan() {
  if (isBusy()) setTimeout(() => (document.hidden ? plan() : void look()), SOON);
}

plan();
