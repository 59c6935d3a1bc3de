// Moments in the reader's own time zone.

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const FORMATS = {
  moment: { dateStyle: "medium", timeStyle: "short" },
  date: { dateStyle: "medium" },
  time: { timeStyle: "short" },
};

/** Each shows what it says in `data-shows`: a moment, if nothing. */
export function localise(/** @type {ParentNode} */ root) {
  for (const time of root.querySelectorAll("time")) {
    const format = FORMATS[time.dataset["shows"] ?? "moment"];
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, format).format(
      new Date(time.dateTime),
    );
  }
}
