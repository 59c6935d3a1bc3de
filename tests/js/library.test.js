import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { news } = await import("../../static/js/library/jobs.js");

const job = (/** @type {string} */ state, quarter = 0) => ({ state, quarter, backend: "b", name: "m" });

test("a job is told when it begins, at each quarter, and at its end", () => {
  assert.equal(news(undefined, job("running")), "m: begun");
  assert.equal(news(job("running", 0), job("running", 0)), "");
  assert.equal(news(job("running", 0), job("running", 1)), "m: 25 percent");
  assert.equal(news(job("running", 1), job("running", 3)), "m: 75 percent");
  assert.equal(news(job("running", 3), job("complete")), "m: complete");
  assert.equal(news(job("running", 3), job("interrupted")), "m: interrupted");
  assert.equal(news(job("interrupted"), job("running")), "m: begun");
});

test("a new layer that makes the whole larger is no news", () => {
  assert.equal(news(job("running", 3), job("running", 1)), "");
});
