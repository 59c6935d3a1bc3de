// Every page of one sheet: its moments in the reader's own time zone, and its forms, which are sent once.

import { localise } from "../review/moments.js";

/** Milliseconds after which nobody waits for the answer any more. */
const ANSWERED = 5000;

/** When each form was sent. @type {WeakMap<EventTarget, number>} */
let sent = new WeakMap();

localise(document);
// Pressed again while the answer is on its way, it would be done twice.
addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const now = performance.now();
  if (event.defaultPrevented) return;
  if (now - (sent.get(form) ?? -ANSWERED) < ANSWERED) event.preventDefault();
  else sent.set(form, now);
});
// Kept by the browser for whoever comes back.
addEventListener("pageshow", (event) => event.persisted && (sent = new WeakMap()));
