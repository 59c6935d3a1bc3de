// Turns that fell out of the window of the last reply: dimmed, and named by a divider above the first that was read.

import { isRunning, metricsOf } from "../message.js";

/** The first message that the newest reply's model still read, or 0. */
function seenFrom(/** @type {HTMLElement[]} */ articles) {
  const last = articles.findLast(
    (article) => article.dataset["role"] === "assistant" && !isRunning(article) && metricsOf(article).window,
  );
  return (last && metricsOf(last).window?.seen_from) || 0;
}

/** Mark what is not read any more. What was marked and is the same stays as it is. */
export function mark(/** @type {import("../transcript.js").Transcript} */ transcript) {
  const { articles, column, scroller } = transcript;
  const from = seenFrom(articles);
  const first = from ? articles.find((article) => Number(article.dataset["message"]) >= from) : undefined;
  const isAbove = first !== undefined && articles[0] !== first;
  const seam = column.querySelector("[data-slot=unread-seam]");
  const change = () => {
    for (const article of articles) {
      const number = Number(article.dataset["message"]);
      note(article, isAbove && number > 0 && number < from);
    }
    if (isAbove && seam?.nextElementSibling === first) return;
    seam?.remove();
    if (isAbove) first.before(divider());
  };
  if (scroller.isPinned) change();
  else scroller.keep(change);
}

function note(/** @type {HTMLElement} */ article, /** @type {boolean} */ isUnread) {
  if (article.hasAttribute("data-unread") === isUnread) return;
  article.toggleAttribute("data-unread", isUnread);
  article.querySelector("[data-slot=unread]")?.remove();
  if (!isUnread) return;
  const words = document.createElement("span");
  words.dataset["slot"] = "unread";
  words.textContent = ` (${gettext("not seen by the model any more")})`;
  article.querySelector("h3")?.append(words);
}

function divider() {
  const seam = document.createElement("p");
  seam.className = "unread-seam";
  seam.dataset["slot"] = "unread-seam";
  const words = document.createElement("span");
  words.textContent = `↑ ${gettext("Not seen by the model any more")}`;
  seam.append(words);
  return seam;
}
