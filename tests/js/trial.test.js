import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { likeness } = await import("../../static/js/library/trial/vectors.js");
const { lines, refusal } = await import("../../static/js/library/trial/stream.js");

test("likeness is the cosine: 1 for the same direction, 0 across, -1 against", () => {
  assert.equal(likeness([1, 2], [2, 4]), 1);
  assert.equal(likeness([1, 0], [0, 3]), 0);
  assert.equal(likeness([1, 0], [-2, 0]), -1);
  assert.ok(Number.isNaN(likeness([0, 0], [1, 1])));
});

/** @param {Uint8Array[]} pieces */
async function read(...pieces) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const found = [];
  for await (const line of lines(body)) found.push(line);
  return found;
}

test("lines are whole whatever the pieces they came in", async () => {
  const bytes = new TextEncoder().encode('{"response":"Grüße\u2028"}\n{"done":true}\n');
  for (const at of [1, 15, 16, 17, bytes.length - 1])
    assert.deepEqual(await read(bytes.slice(0, at), bytes.slice(at)), [
      { response: "Grüße\u2028" },
      { done: true },
    ]);
});

test("a line that was broken off is none", async () => {
  assert.deepEqual(await read(new TextEncoder().encode('{"response":"a"}\n{"resp')), [{ response: "a" }]);
});

test("a refusal says what our server says, or that it was too much", async () => {
  const signedOut = new Response('{"title": "You are signed out.", "detail": "Sign in again."}', {
    status: 401,
  });
  assert.equal((await refusal(signedOut)).message, "You are signed out. Sign in again.");
  assert.match((await refusal(new Response("", { status: 413 }))).message, /Shorten it/);
  assert.match((await refusal(new Response("<html>", { status: 500 }))).message, /did not work/);
});
