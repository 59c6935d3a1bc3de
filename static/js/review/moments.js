// Moments in the reader's own time zone.

const FORMAT = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });

export function localise(/** @type {ParentNode} */ root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, FORMAT);
  }
}
