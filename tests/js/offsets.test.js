import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { codePoints, Offsets, without } = await import("../../static/js/replies/reply.js");

test("offsets count code points, not UTF-16 units", () => {
  assert.equal(codePoints("naïve 👩‍🚀 𝒳"), 11);
  assert.equal(without("a😀b", 2), "b");
  assert.equal(without("abc", 1), "bc");
});

test("what comes twice is dropped, also in part", () => {
  const offsets = new Offsets();
  assert.equal(offsets.take(0, "Good 😀 "), "Good 😀 ");
  assert.equal(offsets.take(0, "Good 😀 "), "");
  assert.equal(offsets.take(5, "😀 morning"), "morning");
  assert.equal(offsets.length, 14);
  assert.equal(offsets.text, "Good 😀 morning");
});

test("a gap is noticed and changes nothing", () => {
  const offsets = new Offsets();
  offsets.take(0, "abc");
  assert.equal(offsets.take(5, "fg"), null);
  assert.equal(offsets.length, 3);
  assert.equal(offsets.take(3, "defg"), "defg");
});

test("any order of repeated pieces gives the same text", () => {
  const text = [..."Ein Käfer 🐞 krabbelt 𝄞 über α und ω"];
  const whole = text.join("");
  for (let size = 1; size <= text.length; size += 1) {
    const offsets = new Offsets();
    for (let at = 0; at < text.length; at += size) {
      const from = Math.max(0, at - 2);
      offsets.take(from, text.slice(from, at + size).join(""));
    }
    assert.equal(offsets.text, whole);
  }
});
