// The line above the message box once a day's messages or tokens run low, and the word that holds a message back when
// they are used up. Loaded with the first event that says so.

import { number } from "../message.js";

/** @typedef {EventMap["quota.changed"]} Quota */
/** @typedef {{used: number, warn_from: number | null, limit: number | null}} Share */

const LONGEST_TIMER = 2 ** 31 - 1;

/** When counting starts anew, as the clock of this browser shows it. */
function hour(/** @type {string} */ moment) {
  const { lang } = document.documentElement;
  return new Date(moment).toLocaleTimeString(lang, { timeStyle: "short" });
}

const isSpent = (/** @type {Share} */ share) => share.limit !== null && share.used >= share.limit;
const isNear = (/** @type {Share} */ share) => share.warn_from !== null && share.used >= share.warn_from;

/**
 * What is to be said of the day so far; empty when nothing is.
 * @param {Quota} quota
 * @param {(moment: string) => string} [clock]
 */
export function words(quota, clock = hour) {
  if (quota.level === "free") return "";
  const { messages, tokens } = quota;
  const isTold = quota.level === "spent" ? isSpent : isNear;
  const isMessages = isTold(messages);
  const share = isMessages ? messages : tokens;
  const values = { used: number(share.used), limit: number(share.limit ?? share.warn_from ?? 0) };
  return `${interpolate(sentence(quota.level, isMessages, share.limit !== null), values, true)} ${interpolate(
    gettext("Counting starts anew at %(time)s."),
    { time: clock(quota.resets_at) },
    true,
  )}`;
}

/**
 * @param {Quota["level"]} level
 * @param {boolean} isMessages
 * @param {boolean} hasLimit
 */
function sentence(level, isMessages, hasLimit) {
  if (level === "spent") {
    return isMessages
      ? gettext("Your %(limit)s messages of today are used up.")
      : gettext("Your %(limit)s tokens of today are used up.");
  }
  if (hasLimit) {
    return isMessages
      ? gettext("Used today: %(used)s of %(limit)s messages.")
      : gettext("Used today: %(used)s of %(limit)s tokens.");
  }
  return isMessages
    ? gettext("You have used %(used)s messages today. The site asks to keep to %(limit)s.")
    : gettext("You have used %(used)s tokens today. The site asks to keep to %(limit)s.");
}

class Line {
  /** @type {Quota | null} */
  quota = null;
  #timer = 0;

  constructor(/** @type {import("../composer.js").Composer} */ composer) {
    this.element = document.createElement("p");
    this.element.className = "quota-line";
    this.element.setAttribute("role", "status");
    composer.before(this.element);
    composer.withheld = () => {
      const { quota } = this;
      return quota?.level === "spent" ? `${words(quota)} ${gettext("Your text is kept.")}` : "";
    };
  }

  show(/** @type {Quota | null} */ quota) {
    clearTimeout(this.#timer);
    this.quota = quota;
    this.element.dataset["level"] = quota?.level ?? "free";
    this.element.textContent = quota ? words(quota) : "";
    if (!quota) return;
    const left = Date.parse(quota.resets_at) - Date.now();
    this.#timer = window.setTimeout(() => this.show(null), Math.max(0, Math.min(left, LONGEST_TIMER)));
  }
}

/** @type {Line | null} */
let line = null;

/** Show how the day stands. */
export function tell(/** @type {import("../composer.js").Composer} */ composer, /** @type {Quota} */ quota) {
  line ??= new Line(composer);
  line.show(quota);
}
