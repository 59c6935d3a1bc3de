import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { about, size } = await import("../../static/js/attachments/words.js");

/** @type {AttachmentView} */
const FILE = {
  id: "1",
  kind: "pdf",
  name: "report.pdf",
  media_type: "application/pdf",
  size: 1_234_567,
  width: null,
  height: null,
  pages: 12,
  tokens: 3400,
  remark: "",
};

test("sizes are short and readable", () => {
  assert.deepEqual([1, 999, 7600, 64_000, 999_499, 999_500, 1_234_567, 20_971_520].map(size), [
    "0.1 kB",
    "1 kB",
    "7.6 kB",
    "64 kB",
    "999 kB",
    "1 MB",
    "1.2 MB",
    "21 MB",
  ]);
});

test("a file says what is known of it", () => {
  assert.equal(about(FILE), "12 pages · about 3,400 tokens · 1.2 MB");
  assert.equal(
    about({ ...FILE, pages: 1, tokens: 1, remark: "cut" }),
    "1 page · about 1 token · 1.2 MB · only its beginning",
  );
  const image = { ...FILE, kind: /** @type {const} */ ("image"), pages: null, width: 1600, height: 1200 };
  assert.equal(
    about({ ...image, remark: "first_frame" }),
    "1,600 × 1,200 · 1.2 MB · first picture of an animation",
  );
});
