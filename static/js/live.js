// The socket: it connects, notices silence, comes back by itself, and hands out typed events.
// What the events mean for the page is left to the modules that listen.

export const VERSION = 1;
export const COMMANDS = [
  "open",
  "ask",
  "edit",
  "regenerate",
  "continue",
  "stop",
  "approve",
  "resume",
  "watch",
  "ack",
  "ping",
];
export const EVENTS = [
  "welcome",
  "opened",
  "asked",
  "reply.phase",
  "reply.delta",
  "reply.text",
  "reply.finished",
  "reply.restarted",
  "conversation.changed",
  "path.changed",
  "backend.changed",
  "error",
  "pong",
  "approvals",
  "readers.changed",
  "case.changed",
  "reviewer.seen",
  "quota.changed",
];

const SIGNED_OUT = 4401;
const OLD_PAGE = 4426;
const TOO_MANY = 4429;
const PING_EVERY = 10_000;
const SILENCE = 20_000;
const PROBE_AFTER = 5_000;
const OFFLINE_AFTER = 5_000;
const [ACK_EVERY, ACK_LENGTH] = [64, 65_536];
const LONGEST_WAIT = 10_000;

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(run: () => void, after: number) => any} later
 * @property {(handle: any) => void} cancel
 * @property {() => number} random from 0 to 1
 */

/** @type {Clock} */
const browserClock = {
  now: () => Date.now(),
  later: (run, after) => setTimeout(run, after),
  cancel: (handle) => clearTimeout(handle),
  random: Math.random,
};

/** Milliseconds to wait before attempt `attempt` (from 0): 0.5–1.5 s at first, then doubling. */
export function waitBefore(/** @type {number} */ attempt, /** @type {number} */ random) {
  return Math.min(LONGEST_WAIT, (500 + 1000 * random) * 2 ** Math.max(0, attempt - 1));
}

export class Live {
  /** @type {LiveState} */
  state = "connecting";
  /** How often it was welcomed. */
  connections = 0;
  /** @type {(state: LiveState) => void} */
  onstate = () => {};
  /** Called when connecting keeps failing: is it the network, the session, or only the socket? */
  onfailing = () => {};

  /** @type {WebSocket | null} */
  #socket = null;
  #welcomed = false;
  #stopped = true;
  #attempt = 0;
  #frames = 0;
  #acked = 0;
  #unacked = 0;
  #lastFrame = 0;
  #pingSent = 0;
  /** @type {Record<string, any>} */
  #timers = {};
  /** @type {Map<string, ((event: any) => void)[]>} */
  #listeners = new Map();
  /** Who waits for a connection, or for the end of hoping for one. @type {(() => void)[]} */
  #hoping = [];

  /**
   * @param {string} url
   * @param {number} user whose page this is
   * @param {(url: string) => WebSocket} [open]
   * @param {Clock} [clock]
   */
  constructor(url, user, open = (to) => new WebSocket(to), clock = browserClock) {
    this.url = url;
    this.user = user;
    this.open = open;
    this.clock = clock;
  }

  /**
   * @template {keyof EventMap} T
   * @param {T} type
   * @param {(event: EventMap[T]) => void} listener
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener]);
  }

  get isOnline() {
    return this.#welcomed;
  }

  /**
   * Whether the command went out; nothing is kept for later.
   * @param {Command} command
   */
  send(command) {
    if (!this.#welcomed || this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /**
   * Send it, by the connection that is being made if need be; whether it went out. Once the page says that there is no
   * connection, nobody waits for one.
   * @param {Command} command
   */
  async soon(command) {
    if (!this.#welcomed && !this.#stopped && this.state !== "offline")
      await new Promise((/** @type {(value?: unknown) => void} */ done) => this.#hoping.push(done));
    return this.send(command);
  }

  start() {
    this.#stopped = false;
    this.#connect();
  }

  /** Leave, until `start` (the page is put aside, or the session is over). */
  stop() {
    this.#stopped = true;
    this.#drop();
    for (const name of Object.keys(this.#timers)) this.#cancel(name);
    this.#release();
  }

  /** Something suggests that the network is back or that time has passed unseen: find out now. */
  wake() {
    if (this.#stopped) return;
    if (!this.#welcomed) {
      this.#attempt = 0;
      if (!this.#socket || this.#timers["retry"]) this.#connect();
    } else if (this.clock.now() - this.#lastFrame > PROBE_AFTER) {
      this.#ping();
      this.#schedule("probe", PROBE_AFTER, () => {
        if (this.#lastFrame < this.#pingSent) this.#lost(0);
      });
    }
  }

  #connect() {
    this.#cancel("retry");
    this.#drop();
    this.#frames = this.#acked = this.#unacked = 0;
    const socket = (this.#socket = this.open(this.url));
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = (close) => socket === this.#socket && this.#lost(close.code);
    this.#schedule("connect", PING_EVERY, () => this.#lost(0));
    if (!this.#timers["offline"] && this.state !== "offline") {
      this.#schedule("offline", OFFLINE_AFTER, () => this.#enter("offline"));
    }
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    // Closing a socket that is still connecting makes browsers complain.
    if (socket.readyState === 0) socket.onopen = () => socket.close();
    else socket.close();
  }

  #lost(/** @type {number} */ code) {
    const hadSession = this.#welcomed;
    this.#drop();
    for (const name of ["connect", "ping", "probe"]) this.#cancel(name);
    if (code === SIGNED_OUT && hadSession && !this.#stopped) {
      // Whoever changed the password in another tab has a new session by now: one more try with its cookie.
      this.#connect();
      return;
    }
    if (code === SIGNED_OUT || code === OLD_PAGE) {
      this.stop();
      this.#enter(code === SIGNED_OUT ? "signed-out" : "old");
      return;
    }
    if (this.state === "online") this.#enter("connecting");
    if (!this.#timers["offline"] && this.state !== "offline") {
      this.#schedule("offline", OFFLINE_AFTER, () => this.#enter("offline"));
    }
    const wait = code === TOO_MANY ? LONGEST_WAIT : waitBefore(this.#attempt, this.clock.random());
    this.#attempt += 1;
    if (this.#attempt % 3 === 0) this.onfailing();
    if (!this.#stopped) this.#schedule("retry", wait, () => this.#connect());
  }

  #receive(/** @type {string} */ data) {
    this.#frames += 1;
    this.#unacked += data.length;
    this.#lastFrame = this.clock.now();
    /** @type {LiveEvent} */
    const event = JSON.parse(data);
    if (event.type === "welcome") {
      if (event.version !== VERSION) {
        this.#lost(OLD_PAGE);
        return;
      }
      if (event.user !== this.user) {
        this.#lost(SIGNED_OUT); // somebody else has signed in here since: this page is not theirs
        return;
      }
      this.#welcome();
    }
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
    // A whole text may be as long as all that the server lets wait for an acknowledgement.
    const isWhole = event.type === "opened" || event.type === "reply.text";
    if (isWhole || this.#frames - this.#acked >= ACK_EVERY || this.#unacked >= ACK_LENGTH) this.#ack();
  }

  #welcome() {
    this.#welcomed = true;
    this.connections += 1;
    this.#attempt = 0;
    this.#cancel("connect");
    this.#cancel("offline");
    this.#schedule("ping", PING_EVERY, () => this.#beat());
    this.#enter("online");
    this.#release(); // they go on after the listeners
  }

  #release() {
    for (const done of this.#hoping.splice(0)) done();
  }

  #ack() {
    this.#acked = this.#frames;
    this.#unacked = 0;
    this.send({ type: "ack", frames: this.#frames });
  }

  #ping() {
    this.#pingSent = this.clock.now();
    this.send({ type: "ping" });
  }

  #beat() {
    const now = this.clock.now();
    const unanswered = this.#pingSent > this.#lastFrame && now - this.#pingSent >= PROBE_AFTER;
    if (unanswered && now - this.#lastFrame >= SILENCE) {
      this.#lost(0);
      return;
    }
    if (this.#frames > this.#acked) this.#ack();
    if (!unanswered) this.#ping();
    this.#schedule("ping", PING_EVERY, () => this.#beat());
  }

  #enter(/** @type {LiveState} */ state) {
    if (this.state === state) return;
    this.state = state;
    this.onstate(state);
    if (state === "offline") this.#release();
  }

  #schedule(/** @type {string} */ name, /** @type {number} */ after, /** @type {() => void} */ run) {
    this.#cancel(name);
    this.#timers[name] = this.clock.later(() => {
      delete this.#timers[name];
      run();
    }, after);
  }

  #cancel(/** @type {string} */ name) {
    if (this.#timers[name] !== undefined) this.clock.cancel(this.#timers[name]);
    delete this.#timers[name];
  }
}
