// What the browser keeps for a person until the server has it: drafts, asks on their way, the last choice of model.
// Nothing here touches the page.

const PREFIX = "chatsite";
const DRAFT_LIFE = 30 * 24 * 3600 * 1000;
/** After this long an ask of a tab that is gone is anybody's to send. */
const ORPHANED_AFTER = 15_000;
const LIMIT = 128 * 1024;

/** Whether a message is longer than the server takes: 128 Ki characters, or as much in UTF-8. */
export function isTooLong(/** @type {string} */ text) {
  return text.length > LIMIT / 4 && new TextEncoder().encode(text).length > LIMIT;
}

/** A random identifier; `crypto.randomUUID` exists only on secure origins, and a LAN address is none. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

/** The backend and the name in a picker's value; names have slashes, backends have none. @returns {ModelChoice | null} */
export function modelOf(/** @type {string} */ value) {
  const slash = value.indexOf("/");
  return slash < 1 ? null : { backend: value.slice(0, slash), name: value.slice(slash + 1) };
}

/** The local storage of one person, or memory where the browser refuses it (`isKept` is false then). */
export class Store {
  isKept = true;
  /** Called once, when something could not be kept. */
  onrefused = () => {};
  /** @type {Map<string, string>} */
  #memory = new Map();

  /**
   * @param {string} user
   * @param {() => Storage} storage reading the property may throw already
   */
  constructor(user, storage) {
    this.prefix = `${PREFIX}:${user}:`;
    this.storage = storage;
  }

  /** @returns {any} */
  read(/** @type {string} */ key) {
    const name = this.prefix + key;
    try {
      return JSON.parse(this.#memory.get(name) ?? this.storage().getItem(name) ?? "null");
    } catch {
      return null;
    }
  }

  write(/** @type {string} */ key, /** @type {unknown} */ value) {
    const name = this.prefix + key;
    try {
      this.storage().setItem(name, JSON.stringify(value));
      this.#memory.delete(name);
    } catch {
      this.#memory.set(name, JSON.stringify(value));
      if (this.isKept) this.onrefused();
      this.isKept = false;
    }
  }

  remove(/** @type {string} */ key) {
    this.#memory.delete(this.prefix + key);
    try {
      this.storage().removeItem(this.prefix + key);
    } catch {
      // Nothing was kept, so nothing is left.
    }
  }

  /** @returns {string[]} */
  keys() {
    const names = new Set(this.#memory.keys());
    try {
      for (let n = 0; n < this.storage().length; n += 1) names.add(this.storage().key(n) ?? "");
    } catch {
      // Only what is in memory.
    }
    return [...names]
      .filter((name) => name.startsWith(this.prefix))
      .map((name) => name.slice(this.prefix.length));
  }
}

/** A value of this tab's, which outlives a reload; empty where the browser keeps nothing. */
export function tabValue(/** @type {string} */ key, /** @type {string | null} */ value) {
  try {
    const before = sessionStorage.getItem(key);
    if (value === null) sessionStorage.removeItem(key);
    else if (before === null) sessionStorage.setItem(key, value);
    return before ?? value ?? "";
  } catch {
    return value ?? "";
  }
}

/** What was typed and not sent, by place: a conversation, "new", or `edit-<message>`. */
export class Drafts {
  constructor(/** @type {Store} */ store, now = Date.now) {
    this.store = store;
    this.now = now;
  }

  /** What is kept, and below it what was `typed` before anybody looked. */
  read(/** @type {string} */ place, typed = "") {
    /** @type {string} */
    const kept = this.store.read(`draft:${place}`)?.text ?? "";
    return kept && typed && !typed.startsWith(kept) ? `${kept}\n\n${typed}` : typed || kept;
  }

  write(/** @type {string} */ place, /** @type {string} */ text) {
    if (text === "") this.store.remove(`draft:${place}`);
    else this.store.write(`draft:${place}`, { text, at: this.now() });
  }

  /** Drop what nobody came back for. */
  tidy() {
    for (const key of this.store.keys()) {
      if (/^(draft|ask):/.test(key) && !(this.store.read(key)?.at > this.now() - DRAFT_LIFE)) {
        this.store.remove(key);
      }
    }
  }
}

/**
 * @typedef {object} Pending
 * @property {Ask} ask
 * @property {number} at milliseconds
 * @property {boolean} isNew whether the conversation was new with it
 * @property {string} tab
 * @property {{code: string, text: string, advice: string} | null} refused
 * @property {AttachmentView[]} [files] those that the ask names, to be drawn
 */

/** Asks from the moment Send is pressed until the server says that they are stored. */
export class Outbox {
  /**
   * @param {Store} store
   * @param {string} [tab] tells this tab's asks from another's, also after a reload
   * @param {() => number} [now]
   */
  constructor(store, tab = "", now = Date.now) {
    this.store = store;
    this.tab = tab;
    this.now = now;
  }

  /** @returns {Pending} */
  add(/** @type {Ask} */ ask, isNew = false, files = /** @type {AttachmentView[]} */ ([])) {
    const pending = { ask, at: this.now(), isNew, tab: this.tab, refused: null, files };
    this.store.write(`ask:${ask.client_id}`, pending);
    return pending;
  }

  /** @returns {Pending | null} */
  find(/** @type {string} */ clientId) {
    return this.store.read(`ask:${clientId}`);
  }

  /** @returns {Pending[]} oldest first */
  all() {
    return this.store
      .keys()
      .filter((key) => key.startsWith("ask:"))
      .map((key) => this.store.read(key))
      .filter((pending) => pending?.ask?.client_id)
      .sort((a, b) => a.at - b.at);
  }

  of(/** @type {string} */ conversation) {
    return this.all().filter((pending) => pending.ask.conversation === conversation);
  }

  /** What a conversation has on its way. */
  waiting(/** @type {string} */ conversation) {
    return this.of(conversation).find((pending) => !pending.refused) ?? null;
  }

  /** What this tab sends when it comes online: its own, and what others left behind. */
  due(/** @type {string} */ conversation) {
    return this.all().filter(
      (pending) => !pending.refused && (pending.ask.conversation === conversation || this.#isOurs(pending)),
    );
  }

  /** A first message that never reached the server: a new page takes it up again. */
  abandoned() {
    return this.all().find((pending) => pending.isNew && this.#isOurs(pending)) ?? null;
  }

  #isOurs(/** @type {Pending} */ pending) {
    return pending.tab === this.tab || pending.at < this.now() - ORPHANED_AFTER;
  }

  /** The server has it (or the person took it back). */
  settle(/** @type {string} */ clientId) {
    this.store.remove(`ask:${clientId}`);
  }

  /** The server will not have it as it is: it stays, to be retried, edited or discarded. */
  refuse(/** @type {string} */ clientId, /** @type {Pending["refused"]} */ refused) {
    const pending = this.find(clientId);
    if (pending) this.store.write(`ask:${clientId}`, { ...pending, refused });
    return pending;
  }

  /** The ask that is kept under this name of the storage; empty for another name. */
  named(/** @type {string | null} */ name) {
    const prefix = `${this.store.prefix}ask:`;
    return name?.startsWith(prefix) ? name.slice(prefix.length) : "";
  }

  retry(/** @type {string} */ clientId) {
    const pending = this.find(clientId);
    if (pending) this.store.write(`ask:${clientId}`, { ...pending, refused: null });
    return pending;
  }
}
