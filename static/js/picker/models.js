// The list of models follows the servers: what comes, changes and goes while the page is open.

import { modelOf } from "../outbox.js";

/** The models of a server, anew. What is chosen stays to be seen, even if its server is away. */
export function offer(
  /** @type {HTMLSelectElement} */ select,
  /** @type {EventMap["backend.changed"]} */ backend,
) {
  const models = backend.models.filter((model) => model.capabilities?.includes("completion") ?? true);
  const chosen = select.value;
  const chosenLabel = select.selectedOptions[0]?.label ?? chosen;
  const group = groupOf(select, backend);
  group.replaceChildren(...models.map(option));
  if (chosen && modelOf(chosen)?.backend === backend.name && !models.some((m) => valueOf(m) === chosen)) {
    group.append(new Option(chosenLabel, chosen));
  }
  // Nothing of its own to choose: it is not set up any more, or another one lists what they share.
  if (["gone", "up"].includes(backend.state) && !group.children.length) group.remove();
  if (models.length) select.querySelector('option[value=""]')?.remove();
  if (chosen) select.value = chosen;
}

function groupOf(
  /** @type {HTMLSelectElement} */ select,
  /** @type {EventMap["backend.changed"]} */ backend,
) {
  const groups = [...select.querySelectorAll("optgroup")];
  const begins = `option[value^="${CSS.escape(backend.name)}/"]`;
  let group =
    groups.find((each) => each.dataset["backend"] === backend.name) ??
    groups.find((each) => each.querySelector(begins) !== null);
  if (!group) {
    group = document.createElement("optgroup");
    group.label = backend.label;
    select.append(group);
  }
  // Without an address it is built in, and its label says what it is.
  if (backend.address) group.label = `${backend.label} · ${backend.address.replace(/^https?:\/\//, "")}`;
  group.dataset["backend"] = backend.name;
  group.dataset["host"] = backend.host;
  return group;
}

const valueOf = (/** @type {ModelView} */ model) => `${model.backend}/${model.name}`;

function option(/** @type {ModelView} */ model) {
  const element = new Option(model.name, valueOf(model));
  element.dataset["capabilities"] = (model.capabilities ?? []).join(",");
  if (model.hosts.length > 1)
    element.dataset["host"] = model.hosts.map((host) => host || gettext("this server")).join(" / ");
  element.title = model.note || model.label;
  return element;
}
