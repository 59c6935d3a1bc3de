import assert from "node:assert/strict";
import { test } from "node:test";

import { goal } from "../../static/js/menus.js";

test("arrows go round, Home and End to the ends, other keys nowhere", () => {
  assert.equal(goal("ArrowDown", 0, 3), 1);
  assert.equal(goal("ArrowDown", 2, 3), 0);
  assert.equal(goal("ArrowUp", 0, 3), 2);
  assert.equal(goal("Home", 2, 3), 0);
  assert.equal(goal("End", 0, 3), 2);
  assert.equal(goal("Tab", 0, 3), null);
  assert.equal(goal("a", 0, 3), null);
});

test("from outside the items an arrow leads in", () => {
  assert.equal(goal("ArrowDown", -1, 3), 0);
  assert.equal(goal("ArrowUp", -1, 3), 2);
  assert.equal(goal("ArrowDown", -1, 0), null);
});
