// The page that takes conversations in: how much of the file has arrived, and each conversation as soon as it is done.

export {};

/** @typedef {{title: string, file: string, outcome: string, conversation: string | null, messages: number, files: number, is_copy: boolean, why: string}} Outcome */

const form = /** @type {HTMLFormElement} */ (find("import"));
const field = /** @type {HTMLInputElement} */ (find("file"));
const report = find("report");
const summary = find("summary");
const list = find("outcomes");
const row = /** @type {HTMLTemplateElement} */ (find("outcome"));
const progress = /** @type {HTMLProgressElement} */ (find("import-progress"));
const error = find("file-error");
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const file = field.files?.[0];
  if (!file) return;
  if (file.size > Number(form.dataset["limit"])) error.textContent = error.dataset["tooLarge"] ?? "";
  else send();
});

function send() {
  const request = new XMLHttpRequest();
  const counts = { imported: 0, skipped: 0 };
  let read = 0;
  begin();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/x-ndjson");
  request.upload.addEventListener(
    "progress",
    (event) => (progress.value = event.loaded / (event.total || 1)),
  );
  request.upload.addEventListener("load", () => {
    progress.removeAttribute("value"); // how long reading takes nobody knows
    summary.textContent = summary.dataset["reading"] ?? "";
  });
  const take = () => {
    if (request.status !== 200) return;
    const end = request.responseText.lastIndexOf("\n") + 1;
    for (const line of request.responseText.slice(read, end).split("\n").filter(Boolean))
      show(JSON.parse(line), counts);
    read = end;
  };
  request.addEventListener("progress", take);
  request.addEventListener("load", () => {
    take();
    finish(request.status === 200 ? "" : wordsOf(request));
  });
  request.addEventListener("error", () => finish(error.dataset["lost"] ?? ""));
  request.send(new FormData(form));
}

function begin() {
  error.textContent = "";
  list.replaceChildren();
  report.hidden = progress.hidden = false;
  progress.value = 0;
  button.disabled = true;
  summary.textContent = summary.dataset["sending"] ?? "";
}

/** With words for what went wrong, if something did. */
function finish(/** @type {string} */ wrong) {
  error.textContent = wrong;
  progress.hidden = true;
  button.disabled = false;
  if (!list.childElementCount) report.hidden = true;
}

function show(/** @type {Outcome} */ outcome, /** @type {Record<string, number>} */ counts) {
  const made = /** @type {DocumentFragment} */ (row.content.cloneNode(true));
  const item = /** @type {HTMLElement} */ (made.querySelector("li"));
  const link = /** @type {HTMLAnchorElement} */ (made.querySelector("a"));
  const name = /** @type {HTMLElement} */ (made.querySelector("bdi"));
  item.dataset["outcome"] = outcome.outcome;
  link.textContent = name.textContent = outcome.title || outcome.file;
  if (outcome.conversation) link.href = `/c/${outcome.conversation}/`;
  (outcome.conversation ? name : link).remove();
  /** @type {HTMLElement} */ (made.querySelector(".about")).textContent = outcome.why || aboutOf(outcome);
  list.append(made);
  counts[outcome.outcome] = (counts[outcome.outcome] ?? 0) + 1;
  summary.textContent = filled(summary.dataset["done"], counts);
}

function aboutOf(/** @type {Outcome} */ { messages, files, is_copy }) {
  const told = [`${row.dataset["messages"]}: ${messages}`];
  if (files) told.push(`${row.dataset["files"]}: ${files}`);
  if (is_copy) told.push(row.dataset["copy"] ?? "");
  return told.join(" · ");
}

function filled(/** @type {string | undefined} */ words, /** @type {Record<string, number>} */ values) {
  return (words ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

function wordsOf(/** @type {XMLHttpRequest} */ request) {
  try {
    return String(JSON.parse(request.responseText).title);
  } catch {
    return error.dataset["lost"] ?? "";
  }
}

function find(/** @type {string} */ id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
