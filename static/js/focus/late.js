// The focus at the end of something that took a while: whoever has gone on meanwhile is not called back.

/** Whether it is nowhere: what had it is gone or cannot have it, and nothing was chosen since. */
export const isFree = () => [null, document.body].includes(/** @type {any} */ (document.activeElement));

/** Whether the person has gone elsewhere since `before` had it. */
export const hasGone = (/** @type {Element | null} */ before) =>
  !isFree() && document.activeElement !== before;
