// The folded groups of the settings: how many fields of each are set, seen without unfolding it.
import { slot } from "../message.js";

export function countSet(/** @type {HTMLFormElement} */ form) {
  for (const group of form.querySelectorAll("details")) show(group);
  form.addEventListener("input", (event) => {
    const group = /** @type {HTMLElement} */ (event.target).closest("details");
    if (group) show(group);
  });
}

function show(/** @type {HTMLDetailsElement} */ group) {
  const fields = group.querySelectorAll("input, select, textarea");
  const set = [...fields].filter((field) => "value" in field && field.value !== "").length;
  const text = set ? ngettext("%s set", "%s set", set).replace("%s", String(set)) : "";
  const place = slot(group, "count");
  if (place) place.textContent = text;
}
