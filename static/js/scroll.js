// Where the transcript stands: pinned to its end until the person scrolls up, a spacer that keeps a sent message
// near the top, and the button back to the end. Unpinning goes by who moved the text, not by distance.

const NEAR_END = 24;
const MOVED = 3;
const TOP_GAP = 16;
const INTENT_LASTS = 400;
const UPWARD_KEYS = ["ArrowUp", "PageUp", "Home"];

export class Scroller {
  /** @type {(isNearTop: boolean) => void} */
  onmove = () => {};

  #pinned = true;
  #written = -1;
  #height = 0;
  #view = 0;
  #intent = 0;
  #touchY = 0;
  #drawing = 0;
  /** @type {HTMLElement | null} */
  #anchor = null;

  /**
   * @param {HTMLElement} log the element that scrolls
   * @param {HTMLElement} column its content
   * @param {HTMLElement | null} jump the button back to the end
   */
  constructor(log, column, jump) {
    this.log = log;
    this.column = column;
    this.jump = jump;
    this.spacer = document.createElement("div");
    this.spacer.className = "spacer";
    this.spacer.setAttribute("aria-hidden", "true");
    column.after(this.spacer);
    log.addEventListener("scroll", () => this.#moved(), { passive: true });
    log.addEventListener("wheel", (event) => this.#wheeled(event), { passive: true });
    log.addEventListener("touchstart", (event) => (this.#touchY = event.touches[0]?.clientY ?? 0), {
      passive: true,
    });
    log.addEventListener("touchmove", (event) => this.#touched(event), { passive: true });
    log.addEventListener("keydown", (event) => UPWARD_KEYS.includes(event.key) && this.#means());
    log.addEventListener("pointerdown", (event) => event.offsetX > log.clientWidth && this.#means());
    jump?.addEventListener("click", () => this.toEnd());
    // One observer for what grows and for what shows it; the spacer is outside of both, so writing it does not loop.
    const sizes = new ResizeObserver(() => this.settle());
    sizes.observe(column);
    sizes.observe(log);
    this.settle();
  }

  get isPinned() {
    return this.#pinned;
  }

  /** Stand at the end and stay there. */
  toEnd() {
    this.#pin(true);
    this.settle();
  }

  /** A message was sent: it goes near the top, and the reply fills the room below it. */
  follow(/** @type {HTMLElement} */ article) {
    this.#anchor = article;
    this.toEnd();
  }

  /** Another path is shown: nothing is kept at the top any more. */
  release() {
    this.#anchor = null;
  }

  /** Do `change` without moving what is being read. */
  keep(/** @type {() => void} */ change) {
    const { log } = this;
    const edge = log.getBoundingClientRect().top;
    const seen = [...log.querySelectorAll("article")].find(
      (article) => article.getBoundingClientRect().bottom > edge,
    );
    const before = seen?.getBoundingClientRect().top ?? 0;
    log.style.overflowAnchor = "none";
    change();
    const correct = () => {
      const moved = seen?.isConnected ? seen.getBoundingClientRect().top - before : 0;
      if (Math.abs(moved) >= 1) this.#write(log.scrollTop + moved);
    };
    correct();
    this.#height = log.scrollHeight;
    requestAnimationFrame(() => {
      if (!this.#pinned && this.#intent < performance.now() - INTENT_LASTS) correct();
      log.style.overflowAnchor = "";
    });
  }

  /** Stay with `article`, which takes a place that was `top` pixels from the window's edge. */
  hold(/** @type {HTMLElement} */ article, /** @type {number} */ top) {
    this.release();
    this.#pin(false);
    this.#write(this.log.scrollTop + article.getBoundingClientRect().top - top);
    this.settle();
  }

  /** Sizes changed: give the spacer its height, follow the end if pinned. */
  settle() {
    const { log } = this;
    const room = this.#room();
    if (Math.abs(this.spacer.offsetHeight - room) >= 1) this.spacer.style.height = `${room}px`;
    const end = log.scrollHeight - log.clientHeight;
    const grew = log.scrollHeight > this.#height + 1;
    this.#height = log.scrollHeight;
    this.#view = log.clientHeight;
    if (this.#pinned) this.#write(end);
    else if (this.jump && grew && end - log.scrollTop > NEAR_END && this.jump.hidden)
      this.jump.hidden = false;
  }

  #room() {
    const anchor = this.#anchor;
    if (!anchor) return 0;
    if (!anchor.isConnected) return 0;
    const top = anchor.getBoundingClientRect().top;
    const below = this.column.getBoundingClientRect().bottom - top;
    const padding = parseFloat(getComputedStyle(this.log).paddingBottom) || 0;
    return Math.max(0, Math.floor(this.log.clientHeight - below - padding - TOP_GAP));
  }

  #write(/** @type {number} */ top) {
    if (Math.abs(this.log.scrollTop - top) >= 1) this.log.scrollTop = top;
    this.#written = this.log.scrollTop;
  }

  #moved() {
    const { log } = this;
    const top = log.scrollTop;
    const end = log.scrollHeight - log.clientHeight;
    const ours = Math.abs(top - this.#written) < 1;
    // A scroll that a new size brought, of the text or of the window (a banner came), is told before settle() is.
    const resized = Math.abs(log.scrollHeight - this.#height) >= 1 || log.clientHeight !== this.#view;
    const meant = performance.now() - this.#intent < INTENT_LASTS;
    if (!ours && end - top > MOVED && (meant || !resized) && top < this.#written - MOVED) this.#pin(false);
    if (!ours && !this.#pinned && end - top <= NEAR_END && !meant) this.#pin(true);
    if (end - top <= NEAR_END && this.jump) this.jump.hidden = true;
    if (!this.#pinned) this.#written = top;
    this.#notify();
  }

  #notify() {
    if (this.#drawing) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.onmove(this.log.scrollTop < this.log.clientHeight);
    });
  }

  #wheeled(/** @type {WheelEvent} */ event) {
    if (event.deltaY < 0) this.#means();
    else this.#intent = 0;
  }

  #means() {
    if (this.log.scrollTop <= 0) return;
    this.#intent = performance.now();
    this.#pin(false);
  }

  #touched(/** @type {TouchEvent} */ event) {
    const y = event.touches[0]?.clientY ?? 0;
    if (y > this.#touchY + MOVED) this.#means();
    this.#touchY = y;
  }

  #pin(/** @type {boolean} */ isPinned) {
    this.#pinned = isPinned;
    if (isPinned && this.jump) this.jump.hidden = true;
  }
}
