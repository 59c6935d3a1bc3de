import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { clock, duration, metricsLine, phaseText, seamText, thinkingLabel } =
  await import("../../static/js/message.js");
const { meaningOf } = await import("../../static/js/composer.js");
const { modelOf } = await import("../../static/js/outbox.js");
const { Sentences } = await import("../../static/js/notices.js");
const { dayOf } = await import("../../static/js/sidebar.js");

test("durations are short and readable", () => {
  assert.deepEqual([4, 40, 123, 3400, 9960, 42_000, 59_600, 185_000].map(duration), [
    "0.004 s",
    "0.04 s",
    "0.1 s",
    "3.4 s",
    "10 s",
    "42 s",
    "1 min 0 s",
    "3 min 5 s",
  ]);
});

test("the clock counts minutes and seconds", () => {
  assert.deepEqual([-1, 0, 7900, 61_000, 754_000].map(clock), ["0:00", "0:00", "0:07", "1:01", "12:34"]);
});

test("a phase is named, and a queue has a place", () => {
  assert.equal(phaseText("queued", 3), "Queued, place 3");
  assert.equal(phaseText("queued", null), "Queued");
  assert.equal(phaseText("reading"), "Reading the prompt");
});

test("the quiet line leaves out what is not known", () => {
  const all = { reply_tokens: 1214, tokens_per_second: 38.21, first_ms: 420, total_ms: 6100 };
  assert.equal(
    metricsLine(all, "gemma3"),
    "gemma3_· 1,214_tokens_· 38.2_tokens/s_· first_token_0.4_s_· total_6.1_s".replaceAll("_", "\u00a0"),
  );
  assert.equal(metricsLine({ reply_tokens: 1 }, "eliza"), "eliza\u00a0· 1\u00a0token");
  assert.equal(metricsLine({}, ""), "");
});

test("a seam says why the reply ends there", () => {
  assert.equal(seamText("complete", "stop", {}), "");
  assert.equal(seamText("complete", "length", {}), "Cut off at the length limit");
  assert.equal(seamText("interrupted", "", { reply_tokens: 214 }), "Interrupted after 214 tokens");
  assert.equal(seamText("interrupted", "", {}), "Interrupted");
  assert.equal(seamText("stopped", "", {}), "Stopped");
});

test("thinking is labelled with its duration when it is over", () => {
  assert.equal(thinkingLabel(true), "Thinking");
  assert.equal(thinkingLabel(false, 3210), "Thought for 3.2 s");
  assert.equal(thinkingLabel(), "Thoughts");
});

test("Enter sends, Shift+Enter breaks, composing and touch change that", () => {
  const key = (/** @type {object} */ more) =>
    /** @type {KeyboardEvent} */ (
      /** @type {unknown} */ ({ key: "Enter", shiftKey: false, ctrlKey: false, metaKey: false, ...more })
    );
  assert.equal(meaningOf(key({}), false), "send");
  assert.equal(meaningOf(key({ shiftKey: true }), false), "break");
  assert.equal(meaningOf(key({}), true), "break");
  assert.equal(meaningOf(key({ ctrlKey: true }), true), "send");
  assert.equal(meaningOf(key({ metaKey: true }), false), "send");
  assert.equal(meaningOf(key({ isComposing: true }), false), "other");
  assert.equal(meaningOf(key({ keyCode: 229 }), false), "other");
  assert.equal(meaningOf(key({ key: "a" }), false), "other");
});

test("a model's name may have slashes, a backend's not", () => {
  assert.deepEqual(modelOf("ollama/hf.co/org/model:Q4"), { backend: "ollama", name: "hf.co/org/model:Q4" });
  assert.equal(modelOf(""), null);
});

test("only finished sentences are spoken, and code is named", () => {
  const sentences = new Sentences();
  assert.equal(sentences.push("The sky is **bl"), "");
  assert.equal(sentences.push("ue**. Because"), "The sky is blue.");
  assert.equal(sentences.push(" light scatters.\n```python\nprint("), "Because light scatters.");
  assert.equal(sentences.push("1)\n```\nSo."), "Code.");
  assert.equal(sentences.end(), "So.");
});

test("days are the reader's own", () => {
  const now = new Date(2026, 10, 21, 0, 30);
  assert.equal(dayOf(new Date(2026, 10, 21, 0, 5), now), "today");
  assert.equal(dayOf(new Date(2026, 10, 20, 23, 55), now), "yesterday");
  assert.equal(dayOf(new Date(2026, 10, 15), now), "week");
  assert.equal(dayOf(new Date(2026, 10, 14), now), "month");
  assert.equal(dayOf(new Date(2026, 9, 1), now), "older");
  assert.equal(dayOf(new Date(2026, 10, 22), now), "today");
});
