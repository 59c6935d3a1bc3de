// The page of tokens: puts the new one on the clipboard.

for (const button of document.querySelectorAll("button[data-copies]")) {
  if (button instanceof HTMLButtonElement) {
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

/** Without a secure origin there is no clipboard but the old way, by what is selected. */
async function copy(/** @type {HTMLButtonElement} */ button) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById(String(button.dataset["copies"])));
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else if (!document.execCommand("copy")) return; // it is selected: the keyboard can copy it
  button.textContent = String(button.dataset["done"]);
}
