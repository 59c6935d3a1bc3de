import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { measure } = await import("../../static/js/insight/gauge.js");

const FORECAST = { limit: 1000, fixed: 100, turns: [300, 200, 100], per_token: 4 };

test("an empty draft takes nothing", () => {
  assert.deepEqual(measure(FORECAST, ""), { used: 700, fallen: 0, share: 0.7, isTooLong: false });
});

test("a draft is counted by the characters of a token", () => {
  assert.equal(measure(FORECAST, "x".repeat(400)).used, 804);
});

test("the oldest turns fall out first, and only as many as must", () => {
  assert.equal(measure(FORECAST, "x".repeat(1200)).fallen, 1);
  assert.equal(measure(FORECAST, "x".repeat(2400)).fallen, 2);
  assert.equal(measure(FORECAST, "x".repeat(40_000)).fallen, 3);
});

test("a draft that cannot be read whole is told from one that pushes turns out", () => {
  assert.equal(measure(FORECAST, "x".repeat(3500)).isTooLong, false);
  assert.equal(measure(FORECAST, "x".repeat(3600)).isTooLong, true);
});
