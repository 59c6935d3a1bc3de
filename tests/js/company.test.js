import assert from "node:assert/strict";
import { test } from "node:test";

import { Company, SILENCE } from "../../static/js/review-queue/company.js";

/** @param {Partial<EventMap["reviewer.seen"]>} values @returns {EventMap["reviewer.seen"]} */
const seen = (values) => ({
  type: "reviewer.seen", project: 1, case: 7, tab: "a", user: 2, name: "rita", how: "came", ...values,
}); // prettier-ignore

test("others at the same case are company, each once, and one's own tabs are not", () => {
  const company = new Company(1);
  company.take(seen({}), 0);
  company.take(seen({ tab: "b", how: "stays" }), 0);
  company.take(seen({ tab: "c", user: 3, name: "paul" }), 0);
  company.take(seen({ tab: "d", user: 4, name: "quinn", case: null }), 0);
  company.take(seen({ tab: "e", user: 1, name: "me" }), 0);
  assert.deepEqual(company.at(7), ["paul", "rita"]);
  assert.deepEqual(company.at(8), []);
});

test("whoever goes elsewhere, leaves or falls silent is gone", () => {
  const company = new Company(1);
  company.take(seen({}), 0);
  company.take(seen({ tab: "b", user: 3, name: "paul" }), 0);
  company.take(seen({ case: 8, how: "came" }), 10);
  assert.deepEqual([company.at(7), company.at(8)], [["paul"], ["rita"]]);
  company.take(seen({ tab: "b", user: 3, how: "left" }), 20);
  assert.deepEqual(company.at(7), []);
  assert.equal(company.forget(10 + SILENCE), false);
  assert.equal(company.forget(11 + SILENCE), true);
  assert.deepEqual(company.at(8), []);
});
