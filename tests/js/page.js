// What the browser's modules expect to find around them, for tests that run without a browser.

Object.assign(globalThis, {
  HTMLElement: class {
    querySelector() {
      return null;
    }
  },
  customElements: { define() {} },
  /** @param {string} text */
  gettext: (text) => text,
  /** @param {string} one @param {string} many @param {number} count */
  ngettext: (one, many, count) => (count === 1 ? one : many),
  /** @param {string} text @param {Record<string, string>} values */
  interpolate: (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]),
});

/** A storage in memory that can be made to refuse. */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #values = new Map();
  isFull = false;

  get length() {
    return this.#values.size;
  }

  key(/** @type {number} */ n) {
    return [...this.#values.keys()][n] ?? null;
  }

  getItem(/** @type {string} */ key) {
    return this.#values.get(key) ?? null;
  }

  setItem(/** @type {string} */ key, /** @type {string} */ value) {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.#values.set(key, value);
  }

  removeItem(/** @type {string} */ key) {
    this.#values.delete(key);
  }

  clear() {
    this.#values.clear();
  }
}
