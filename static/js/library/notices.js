// What the page says by itself: a line that passes for the eyes, a polite one for screen readers.

const SHOWN = 6000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function box(/** @type {string} */ name) {
  return /** @type {HTMLElement} */ (document.querySelector(`[data-slot="${name}"]`));
}

/** @param {string} text */
export function announce(text) {
  box("announcer").textContent = text;
}

/** @param {string} text */
export function toast(text) {
  const line = box("toast");
  line.textContent = text;
  line.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    line.hidden = true;
  }, SHOWN);
}
