// What somebody writes while an answer is on its way stays when that takes the place of the fields.

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

/** The fields of `root` by what is written into them: a new label, a new note, or the note of that number. */
function fieldsOf(/** @type {HTMLElement} */ root) {
  const fields = /** @type {Field[]} */ ([...root.querySelectorAll("#label, textarea")]);
  const note = (/** @type {Field} */ field) =>
    /** @type {HTMLInputElement | null | undefined} */ (field.form?.querySelector("input[name=note]"))?.value;
  return new Map(fields.map((field) => [note(field) ?? field.id, field]));
}

/** What is in `field` is on its way: it is not carried along. Returns what takes that back. */
export function sending(/** @type {Field} */ field) {
  field.dataset["sent"] = field.value;
  return () => delete field.dataset["sent"];
}

/**
 * Do `replace`, which puts `fresh` in the place of `old`. What was typed and not sent goes along, and so does the focus.
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 * @param {() => void} replace
 */
export function keepWriting(old, fresh, replace) {
  const [before, after] = [fieldsOf(old), fieldsOf(fresh)];
  const focused = [...before].find(([, field]) => field === document.activeElement);
  const place = focused && [focused[1].selectionStart, focused[1].selectionEnd];
  replace();
  for (const [about, field] of before) {
    const now = after.get(about);
    if (!now || [field.defaultValue, field.dataset["sent"]].includes(field.value)) continue;
    now.value = field.value;
    now.closest("details")?.setAttribute("open", "");
  }
  const now = focused && after.get(focused[0]);
  if (!now || !place) return;
  now.focus();
  now.setSelectionRange(place[0] ?? null, place[1] ?? null);
}
