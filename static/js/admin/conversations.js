/** The list of conversations: all of a page at once, and how many are chosen. The page works without it. */

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("#chosen"));
const all = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-all]"));
const count = /** @type {HTMLElement | null} */ (document.querySelector("[data-count]"));
const acts = /** @type {HTMLDetailsElement | null} */ (document.querySelector(".acts"));

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [...document.querySelectorAll("input[name=chosen]")].filter(
    (box) => box instanceof HTMLInputElement,
  );
}

function tell() {
  const found = boxes();
  const chosen = found.filter((box) => box.checked).length;
  if (all) {
    all.checked = chosen > 0 && chosen === found.length;
    all.indeterminate = chosen > 0 && chosen < found.length;
  }
  if (count) {
    count.textContent = String(chosen);
    count.hidden = chosen === 0;
  }
  if (acts && chosen > 0) acts.open = true;
}

all?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
  tell();
});
form?.addEventListener("change", (event) => {
  if (event.target !== all) tell();
});
// An Enter in the reason is meant for the export, not for the first button of the form.
document.querySelector("#act_reason")?.addEventListener("keydown", (event) => {
  if (!(event instanceof KeyboardEvent) || event.key !== "Enter") return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("button[value=export]"));
  button?.click();
});
for (const form of document.querySelectorAll("form.filters")) {
  // What is empty filters nothing, and has no place in the address.
  form.addEventListener("formdata", (event) => {
    const { formData } = /** @type {FormDataEvent} */ (event);
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}
if (all?.checked) for (const box of boxes()) box.checked = true; // before this file was there
tell();

export {}; // a module: its names are its own
