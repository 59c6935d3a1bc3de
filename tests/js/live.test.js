import assert from "node:assert/strict";
import { test } from "node:test";
import { Live, waitBefore } from "../../static/js/live.js";

/** Timers that run when the test says so. */
class FakeClock {
  time = 1_000_000;
  /** @type {{ at: number, run: () => void }[]} */
  waiting = [];
  now = () => this.time;
  later = (/** @type {() => void} */ run, /** @type {number} */ after) => {
    const timer = { at: this.time + after, run };
    this.waiting.push(timer);
    return timer;
  };
  cancel = (/** @type {any} */ timer) => {
    this.waiting = this.waiting.filter((each) => each !== timer);
  };
  random = () => 0.5;

  pass(/** @type {number} */ milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.waiting = this.waiting.filter((each) => each !== next);
      this.time = next.at;
      next.run();
    }
    this.time = end;
  }
}

class FakeSocket {
  readyState = 1;
  /** @type {any[]} */
  sent = [];
  isClosed = false;
  /** @type {((message: any) => void) | null} */
  onmessage = null;
  /** @type {((close: any) => void) | null} */
  onclose = null;
  send(/** @type {string} */ text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.isClosed = true;
  }
  tell(/** @type {object} */ event) {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
  break(code = 1006) {
    this.onclose?.({ code });
  }
  get types() {
    return this.sent.map((command) => command.type);
  }
}

const welcome = { type: "welcome", version: 1, user: 7, build: "/static/abc/" };

function connected() {
  const clock = new FakeClock();
  /** @type {FakeSocket[]} */
  const sockets = [];
  const live = new Live(
    "ws://site/ws/",
    7,
    () => {
      sockets.push(new FakeSocket());
      return /** @type {any} */ (sockets.at(-1));
    },
    clock,
  );
  /** @type {string[]} */
  const states = [];
  live.onstate = (state) => states.push(state);
  live.start();
  sockets[0].tell(welcome);
  const last = () => /** @type {FakeSocket} */ (sockets.at(-1));
  return { clock, sockets, last, live, states };
}

test("the wait before coming back is 0.5 to 1.5 s at first, grows, and has a bound", () => {
  assert.equal(waitBefore(0, 0), 500);
  assert.equal(waitBefore(0, 1), 1500);
  assert.equal(waitBefore(1, 0), 500);
  assert.equal(waitBefore(3, 0), 2000);
  assert.equal(waitBefore(30, 1), 10_000);
});

test("nothing is sent before the welcome", () => {
  const live = new Live("", 7, () => /** @type {any} */ (new FakeSocket()), new FakeClock());
  live.start();
  assert.equal(live.send({ type: "ping" }), false);
});

test("events reach those who asked for their type", () => {
  const { live, last } = connected();
  /** @type {string[]} */
  const heard = [];
  live.on("reply.delta", ({ text }) => heard.push(text));
  last().tell({ type: "reply.delta", conversation: "c", reply: 1, part: "content", at: 0, text: "a" });
  last().tell({ type: "approvals", waiting: 1 });
  assert.deepEqual(heard, ["a"]);
});

test("a dropped socket comes back within 1.5 s, and the state says offline only after 5 s", () => {
  const { clock, sockets, states, last } = connected();
  last().break();
  clock.pass(1500);
  assert.equal(sockets.length, 2);
  assert.deepEqual(states, ["online", "connecting"]);
  last().break();
  clock.pass(3400);
  assert.ok(!states.includes("offline"));
  clock.pass(200);
  assert.equal(states.at(-1), "offline");
  last().tell(welcome);
  assert.equal(states.at(-1), "online");
});

test("a black hole is noticed 20 s after the last frame", () => {
  const { clock, sockets, last } = connected();
  const first = last();
  clock.pass(19_000);
  assert.equal(sockets.length, 1);
  assert.ok(first.types.includes("ping"));
  clock.pass(3000);
  assert.ok(first.isClosed);
  assert.equal(sockets.length, 2);
});

test("an answered heartbeat keeps the socket, also when timers come once a minute", () => {
  const { clock, sockets, last } = connected();
  for (let n = 0; n < 20; n += 1) {
    clock.pass(10_000);
    last().tell({ type: "pong", offsets: {} });
  }
  assert.equal(sockets.length, 1);
});

test("waking up asks at once, and hangs up when nothing answers within 5 s", () => {
  const { clock, sockets, last, live } = connected();
  const first = last();
  clock.time += 3_600_000; // asleep: no timer ran
  live.wake();
  assert.equal(first.types.at(-1), "ping");
  clock.pass(5000);
  assert.ok(first.isClosed);
  clock.pass(1500);
  assert.ok(sockets.length > 1);
});

test("waking up while away connects at once", () => {
  const { clock, sockets, last, live } = connected();
  for (let n = 0; n < 6; n += 1) {
    last().break();
    clock.pass(10_000);
  }
  last().break();
  const before = sockets.length;
  live.wake();
  assert.equal(sockets.length, before + 1);
});

test("frames are acknowledged every so many, and at the heartbeat", () => {
  const { clock, last } = connected();
  for (let n = 0; n < 63; n += 1) last().tell({ type: "approvals", waiting: n });
  const acks = () => last().sent.filter(({ type }) => type === "ack");
  assert.deepEqual(acks(), [{ type: "ack", frames: 64 }]);
  last().tell({ type: "approvals", waiting: 0 });
  clock.pass(10_000);
  assert.deepEqual(acks().at(-1), { type: "ack", frames: 65 });
  const text = "x".repeat(40_000);
  for (let n = 0; n < 2; n += 1)
    last().tell({ type: "reply.delta", conversation: "c", reply: 1, part: "content", text });
  assert.deepEqual(acks().at(-1), { type: "ack", frames: 67 }, "long ones sooner");
});

test("a closed session ends it, and so does a page of another version", () => {
  const old = connected();
  old.last().break(4426);
  old.clock.pass(100_000);
  assert.equal(old.sockets.length, 1);
  assert.equal(old.states.at(-1), "old");

  const signedOut = connected();
  signedOut.last().break(4401);
  assert.equal(signedOut.sockets.length, 2, "the cookie may be a new one: it is tried once");
  signedOut.last().tell({ ...welcome, user: 8 });
  signedOut.clock.pass(100_000);
  assert.equal(signedOut.sockets.length, 2);
  assert.equal(signedOut.states.at(-1), "signed-out");

  const { sockets, states, clock, last } = connected();
  last().break();
  clock.pass(1500);
  last().tell({ ...welcome, version: 2 });
  clock.pass(100_000);
  assert.equal(sockets.length, 2);
  assert.equal(states.at(-1), "old");
});

test("too many sockets: it waits longer", () => {
  const { clock, sockets, last } = connected();
  last().break(4429);
  clock.pass(9_500);
  assert.equal(sockets.length, 1);
  clock.pass(1000);
  assert.equal(sockets.length, 2);
});

test("every third failure asks why", () => {
  const { clock, last, live } = connected();
  let asked = 0;
  live.onfailing = () => (asked += 1);
  for (let n = 0; n < 6; n += 1) {
    last().break();
    clock.pass(10_000);
  }
  assert.equal(asked, 2);
});

test("a stopped socket stays away until it is started again", () => {
  const { clock, sockets, last, live } = connected();
  live.stop();
  clock.pass(100_000);
  assert.ok(last().isClosed);
  assert.equal(sockets.length, 1);
  live.start();
  assert.equal(sockets.length, 2);
});

test("what is to go out soon waits for the connection that is being made, and goes after the page's own words", async () => {
  const { clock, last, live } = connected();
  live.on("welcome", () => live.send({ type: "open", conversation: "c" }));
  last().break();
  const sent = live.soon({ type: "ping" });
  clock.pass(1500);
  last().tell(welcome);
  assert.equal(await sent, true);
  assert.deepEqual(last().types, ["open", "ping"]);
  assert.equal(await live.soon({ type: "ping" }), true, "with a connection it goes at once");
});

test("nobody waits for a connection that is called lost, or was given up", async () => {
  const { clock, last, live } = connected();
  last().break();
  const sent = live.soon({ type: "ping" });
  clock.pass(5000);
  assert.equal(await sent, false);
  assert.equal(await live.soon({ type: "ping" }), false);
  last().tell(welcome);
  last().break();
  const unsent = live.soon({ type: "ping" });
  live.stop();
  assert.equal(await unsent, false);
  assert.equal(await live.soon({ type: "ping" }), false);
});

test("a page that comes back waits, whatever it was before", async () => {
  const { last, live } = connected();
  live.stop();
  live.start();
  const sent = live.soon({ type: "ping" });
  last().tell(welcome);
  assert.equal(await sent, true);
});
