// Single keys of the reading page. They rest while somebody writes, and can be switched off on a device.

const OFF = "chatsite:review-keys-off";

/** @typedef {import("./turns.js").Turns} Turns */
/** @typedef {import("./marks.js").Marks} Marks */

function isOff() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

function remember(/** @type {boolean} */ off) {
  try {
    localStorage.setItem(OFF, off ? "1" : "");
  } catch {
    // Where nothing may be stored it holds for this page.
  }
}

function isWriting(/** @type {EventTarget | null} */ target) {
  return (
    target instanceof Element &&
    (target.matches("input:not([type=checkbox]), textarea, select") ||
      target.closest("dialog[open]") !== null)
  );
}

function follow(/** @type {string} */ rel) {
  /** @type {HTMLAnchorElement | null} */ (document.querySelector(`.top a[rel="${rel}"]`))?.click();
}

/**
 * @param {Turns} turns
 * @param {Marks} marks
 */
export function listen(turns, marks) {
  const help = /** @type {HTMLDialogElement} */ (document.getElementById("shortcuts"));
  const button = /** @type {HTMLElement} */ (document.querySelector('[data-action="help"]'));
  const choice = /** @type {HTMLInputElement} */ (help.querySelector("input"));
  let off = isOff();
  choice.checked = !off;
  choice.addEventListener("change", () => {
    off = !choice.checked;
    remember(off);
  });
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
  /** @type {Record<string, () => void>} */
  const acts = {
    j: () => turns.step(1),
    n: () => turns.step(1),
    k: () => turns.step(-1),
    p: () => turns.step(-1),
    J: () => follow("next"),
    K: () => follow("prev"),
    b: () => turns.branch(),
    l: () => marks.aim(turns.current, "label"),
    c: () => marks.aim(turns.current, "note"),
    w: () => marks.aim(null, "label"),
    i: () =>
      /** @type {HTMLElement | null} */ (turns.current?.querySelector('[data-action="about"]'))?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      marks.leave();
      return;
    }
    if (isWriting(event.target)) return;
    if (event.key === "?") help.showModal();
    else if (off || !acts[event.key]) return;
    else acts[event.key]?.();
    event.preventDefault();
  });
}
