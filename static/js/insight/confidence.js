// The tokens of a reply, tinted by how likely they were: the arrow keys go through them, a line says what else there was.

import { slot } from "../message.js";

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function attach(/** @type {HTMLElement} */ body) {
  const group = body.querySelector(".tokens");
  const about = slot(body, "token");
  if (!group || !about) return;
  const tokens = /** @type {HTMLElement[]} */ ([...group.querySelectorAll(".token")]);
  const tell = (/** @type {EventTarget | null} */ target) => {
    if (!(target instanceof HTMLElement) || !target.classList.contains("token")) return;
    for (const chosen of group.querySelectorAll(".chosen")) chosen.classList.remove("chosen");
    target.classList.add("chosen");
    about.replaceChildren(...words(target));
  };
  group.addEventListener("pointerover", (event) => tell(event.target));
  group.addEventListener("focusin", (event) => tell(event.target));
  group.addEventListener("keydown", (event) => {
    const key = /** @type {KeyboardEvent} */ (event).key;
    const at = tokens.indexOf(/** @type {HTMLElement} */ (event.target));
    const wanted =
      key === "Home" ? 0 : key === "End" ? tokens.length - 1 : STEPS[key] && at >= 0 ? at + STEPS[key] : -1;
    const next = tokens[wanted];
    if (!next) return;
    event.preventDefault();
    tokens[at]?.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}

/** The token, its probability, and the others. */
function words(/** @type {HTMLElement} */ token) {
  /** @type {[string, string][]} */
  const others = JSON.parse(token.dataset["others"] || "[]");
  const shown = document.createElement("code");
  shown.textContent = (token.textContent ?? "").replaceAll(" ", "␣").replaceAll("\n", "⏎");
  const found = [shown, ` ${token.dataset["share"] ?? ""}`];
  if (others.length) found.push(` · ${gettext("instead:")} `);
  others.forEach(([text, share], place) => {
    const code = document.createElement("code");
    code.textContent = text;
    found.push(place ? ", " : "", code, ` ${share}`);
  });
  return found;
}
