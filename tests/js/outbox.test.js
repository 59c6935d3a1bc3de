import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, isTooLong, Outbox, randomId, Store } from "../../static/js/outbox.js";
import { MemoryStorage } from "./page.js";

/** @returns {Ask} */
const ask = (/** @type {string} */ id, conversation = "c1") => ({
  type: "ask",
  client_id: id,
  conversation,
  parent: null,
  text: `text of ${id}`,
});

function stored(user = "7", storage = new MemoryStorage()) {
  return { storage, store: new Store(user, () => storage) };
}

test("a message may have 128 KiB of UTF-8, and not a byte more", () => {
  assert.equal(isTooLong("a".repeat(128 * 1024)), false);
  assert.equal(isTooLong("a".repeat(128 * 1024 + 1)), true);
  assert.equal(isTooLong("€".repeat(43690)), false); // 131,070 bytes
  assert.equal(isTooLong("€".repeat(43691)), true);
});

test("identifiers are random UUIDs", () => {
  const id = randomId();
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(id, randomId());
});

test("drafts are kept by place and person, and go when they are empty", () => {
  const { storage, store } = stored();
  const drafts = new Drafts(store);
  drafts.write("c1", "half a thought");
  assert.equal(new Drafts(stored("7", storage).store).read("c1"), "half a thought");
  assert.equal(new Drafts(stored("8", storage).store).read("c1"), "");
  drafts.write("c1", "");
  assert.equal(storage.length, 0);
});

test("what was typed before a draft was there is put below it", () => {
  const drafts = new Drafts(stored().store);
  assert.equal(drafts.read("c1", "typed"), "typed");
  drafts.write("c1", "kept");
  assert.equal(drafts.read("c1", ""), "kept");
  assert.equal(drafts.read("c1", "typed"), "kept\n\ntyped");
  assert.equal(drafts.read("c1", "kept and more"), "kept and more");
});

test("drafts that nobody came back for go after a month", () => {
  let now = 0;
  const { store } = stored();
  const drafts = new Drafts(store, () => now);
  drafts.write("old", "text");
  now = 31 * 24 * 3600 * 1000;
  drafts.write("new", "text");
  drafts.tidy();
  assert.deepEqual([drafts.read("old"), drafts.read("new")], ["", "text"]);
});

test("a full or forbidden storage costs nothing but the keeping", () => {
  for (const storage of [
    () => {
      throw new DOMException("no", "SecurityError");
    },
    () => Object.assign(new MemoryStorage(), { isFull: true }),
  ]) {
    const store = new Store("7", storage);
    let notices = 0;
    store.onrefused = () => (notices += 1);
    const outbox = new Outbox(store);
    outbox.add(ask("a"));
    outbox.add(ask("b"));
    assert.equal(outbox.all().length, 2);
    assert.equal(notices, 1);
    outbox.settle("a");
    assert.deepEqual(
      outbox.all().map((pending) => pending.ask.client_id),
      ["b"],
    );
  }
});

test("a value that is not ours does no harm", () => {
  const { storage, store } = stored();
  storage.setItem("chatsite:7:ask:x", "{broken");
  storage.setItem("chatsite:7:ask:y", '"text"');
  assert.deepEqual(new Outbox(store).all(), []);
});

test("an ask stays with its number until it is settled", () => {
  const { storage, store } = stored();
  new Outbox(store, "tab").add(ask("a"));
  const after = new Outbox(stored("7", storage).store, "tab");
  assert.deepEqual(
    after.due("c1").map((pending) => pending.ask),
    [ask("a")],
  );
  after.settle("a");
  assert.deepEqual(after.due("c1"), []);
});

test("a refused ask waits for the person", () => {
  const { store } = stored();
  const outbox = new Outbox(store, "tab");
  outbox.add(ask("a"));
  outbox.refuse("a", { code: "too_long", text: "The message is too long.", advice: "" });
  assert.deepEqual(outbox.due("c1"), []);
  assert.equal(outbox.of("c1")[0].refused?.code, "too_long");
  outbox.retry("a");
  assert.equal(outbox.due("c1").length, 1);
});

test("another tab's ask is left alone until that tab is gone", () => {
  let now = 0;
  const { store } = stored();
  new Outbox(store, "one", () => now).add(ask("a", "c1"), true);
  const other = new Outbox(store, "two", () => now);
  assert.deepEqual(other.due("c2"), []);
  assert.equal(other.abandoned(), null);
  now = 16_000;
  assert.equal(other.due("c2").length, 1);
  assert.equal(other.abandoned()?.ask.client_id, "a");
});

test("a reload takes up its own first message at once", () => {
  const { store } = stored();
  new Outbox(store, "one").add(ask("a"), true);
  assert.equal(new Outbox(store, "one").abandoned()?.ask.client_id, "a");
});
