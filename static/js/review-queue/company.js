// Who else looks at the project. Every page says so itself, again and again: one that falls silent is gone.

export const SILENCE = 25_000;

/** @typedef {{ at: number, case: number | null, user: number, name: string }} Seen */

export class Company {
  /** @type {Map<string, Seen>} */
  #tabs = new Map();

  /** @param {number} user whose page this is: their other tabs are no company */
  constructor(user) {
    this.user = user;
  }

  /** @param {EventMap["reviewer.seen"]} event @param {number} now milliseconds */
  take(event, now) {
    if (event.how === "left") this.#tabs.delete(event.tab);
    else this.#tabs.set(event.tab, { at: now, case: event.case, user: event.user, name: event.name });
  }

  /** Forget who fell silent; whether anybody did. */
  forget(/** @type {number} */ now) {
    const before = this.#tabs.size;
    for (const [tab, seen] of this.#tabs) if (now - seen.at > SILENCE) this.#tabs.delete(tab);
    return this.#tabs.size !== before;
  }

  /** The names of the others at a case, each once. */
  at(/** @type {number} */ place) {
    const there = [...this.#tabs.values()].filter((seen) => seen.case === place && seen.user !== this.user);
    return [...new Set(there.map((seen) => seen.name))].sort();
  }
}
