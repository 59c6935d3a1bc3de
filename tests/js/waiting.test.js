import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { phaseText, roughly } = await import("../../static/js/message.js");

test("a place in the line is told with the time that it takes, where that is known", () => {
  assert.equal(phaseText("queued", 2, 18_700), "Queued, place 2, about 20 s");
  assert.equal(phaseText("queued", 2, 0), "Queued, place 2");
  assert.equal(phaseText("queued", 2, -3000), "Queued, place 2", "what was wrong is not told any longer");
  assert.equal(phaseText("queued"), "Queued");
});

test("a guess is no exact figure", () => {
  assert.deepEqual([900, 7400, 57_000, 58_000, 170_000].map(roughly), [
    "5 s",
    "5 s",
    "55 s",
    "1 min",
    "3 min",
  ]);
});
