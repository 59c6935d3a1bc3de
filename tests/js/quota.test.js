import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { words } = await import("../../static/js/insight/quota.js");

const NONE = { used: 0, warn_from: null, limit: null };
const say = (/** @type {any} */ values) =>
  words(
    { type: "quota.changed", level: "near", messages: NONE, tokens: NONE, resets_at: "x", ...values },
    () => "01:00",
  );

test("nothing is said of a day that has room", () => {
  assert.equal(say({ level: "free", messages: { used: 1, warn_from: 8, limit: 10 } }), "");
});

test("the warning names what runs low, and when it starts anew", () => {
  const messages = { used: 1200, warn_from: 1000, limit: 1500 };
  assert.equal(say({ messages }), "Used today: 1,200 of 1,500 messages. Counting starts anew at 01:00.");
  assert.match(say({ tokens: { used: 9, warn_from: 8, limit: 10 } }), /^Used today: 9 of 10 tokens/);
});

test("a soft bound alone asks, and does not threaten", () => {
  assert.match(
    say({ messages: { used: 9, warn_from: 8, limit: null } }),
    /^You have used 9 messages .* to 8\./,
  );
});

test("what is used up comes before what runs low", () => {
  const tokens = { used: 11, warn_from: 8, limit: 10 };
  assert.match(
    say({ level: "spent", messages: { used: 9, warn_from: 8, limit: 10 }, tokens }),
    /^Your 10 tokens of today are used up\./,
  );
});
