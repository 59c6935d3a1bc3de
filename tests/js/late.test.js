import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

/** @typedef {import("../../static/js/composer.js").Composer} Composer */

/** @type {Map<string, (event: any) => void>} */
const listeners = new Map();
Object.assign(globalThis, {
  document: {
    body: {},
    activeElement: null,
    addEventListener() {},
    querySelectorAll: () => [],
    documentElement: { lang: "en" },
  },
  addEventListener: (/** @type {string} */ type, /** @type {(event: any) => void} */ run) =>
    listeners.set(type, run),
});
const { act } = await import("../../static/js/actions.js");
const { Composer } = await import("../../static/js/composer.js");
const { hasGone, isFree } = await import("../../static/js/focus/late.js");

test("who has chosen nothing else since may be led on", () => {
  const [button, field] = /** @type {any[]} */ ([{}, {}]);
  const page = /** @type {any} */ (document);
  for (const [active, free, gone] of [
    [null, true, false],
    [document.body, true, false],
    [button, false, false],
    [field, false, true],
  ]) {
    page.activeElement = active;
    assert.deepEqual([isFree(), hasGone(button)], [free, gone]);
  }
});

test("a stop before the reply has its number is carried out when it has", () => {
  const composer = /** @type {any} */ (new Composer());
  let waiting = /** @type {object | null} */ ({});
  let running = /** @type {object | null} */ (null);
  let stops = 0;
  const stop = () => (running ? Boolean((stops += 1)) : false);
  composer.button = { dataset: {}, setAttribute() {} };
  composer.page = {
    live: { isOnline: true },
    outbox: { waiting: () => waiting },
    transcript: { stop, get running() { return running; } }, // prettier-ignore
  };
  composer.update();
  assert.equal(composer.stop(), true);
  composer.update();
  assert.equal(stops, 0);
  [waiting, running] = [null, {}];
  composer.update();
  composer.update();
  assert.equal(stops, 1);
});

test("what is asked for again and again is asked for once, until the server has answered", async () => {
  const sent = /** @type {any[]} */ ([]);
  const own = new Set();
  const page = /** @type {any} */ ({
    composer: { choice: { backend: "b", name: "m" } },
    live: { soon: async (/** @type {any} */ command) => sent.push(command) > 0 },
    transcript: { own },
  });
  const press = (message = "7") =>
    act(page, "regenerate", /** @type {any} */ ({ dataset: { message } }), /** @type {any} */ ({}), null);
  await press();
  await press();
  assert.deepEqual(sent.map(({ message }) => message), [7]); // prettier-ignore
  own.delete(sent[0].client_id);
  await press();
  await press("8");
  assert.deepEqual(sent.map(({ message }) => message), [7, 7, 8]); // prettier-ignore
});

test("a form of a sheet is sent once, and again once its answer is long overdue or one comes back", async () => {
  let now = 0;
  Object.assign(globalThis, { performance: { now: () => now } });
  await import("../../static/js/account/sheet.js");
  const [form, other] = [{}, {}];
  const isSent = (target = form) => {
    let sent = true;
    listeners.get("submit")?.({ target, defaultPrevented: false, preventDefault: () => (sent = false) });
    return sent;
  };
  assert.deepEqual([isSent(), isSent(), isSent(other)], [true, false, true]);
  listeners.get("pageshow")?.({ persisted: true });
  assert.deepEqual([isSent(), isSent()], [true, false]);
  now = 5000;
  assert.equal(isSent(), true);
});
