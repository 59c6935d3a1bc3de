// Wires the chat page: finds its parts, connects the socket, and answers the events that concern the whole page.

import "./composer.js";
import "./transcript.js";
import { Live } from "./live.js";
import { Drafts, Outbox, randomId, Store, tabValue } from "./outbox.js";

const TAB = "chatsite:tab";
const FLASH = "chatsite:flash";
const BEGAN = "chatsite:began";
/** After so many milliseconds what nobody waits for is loaded. */
const QUIET = 3000;
const { body } = document;

const failure = (/** @type {number} */ status) =>
  Object.assign(new Error(`The server answered ${status}`), { status });

/** @returns {any} */
function data(/** @type {string} */ id) {
  return JSON.parse(document.getElementById(id)?.textContent || "null");
}

function csrfToken() {
  const { cookie } = document;
  const found = cookie.match(/__Host-csrftoken=(\w+)/) ?? cookie.match(/csrftoken=(\w+)/);
  if (found?.[1]) return found[1];
  const field = document.querySelector("[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/** @type {Page["request"]} */
async function request(url, { method = "GET", body: content } = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      "X-Requested-With": "fetch",
      ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken() }),
    },
    body: content && !(content instanceof FormData) ? new URLSearchParams(content) : content,
  });
  if (response.status === 401 || (response.redirected && response.url.includes("/login/"))) {
    page.live.stop();
    using(status(), (lines) => lines.show("signed-out"));
    throw failure(401);
  }
  if (!response.ok && response.status !== 422) throw failure(response.status);
  return response;
}

const user = body.dataset["user"] ?? "";
const store = new Store(user, () => localStorage);
const isTemporary = body.dataset["temporary"] !== undefined;
/** What is typed into a temporary chat goes with its tab. */
const own = isTemporary ? new Store(user, () => sessionStorage) : store;
/** @type {Page} */
const page = {
  user,
  conversation: body.dataset["conversation"] ?? "",
  isNew: body.dataset["new"] !== undefined,
  isTemporary,
  faults: data("faults") ?? {},
  live: new Live(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`, Number(user)),
  store,
  outbox: new Outbox(own, tabValue(TAB, randomId())),
  drafts: new Drafts(own),
  transcript: /** @type {import("./transcript.js").Transcript} */ (document.querySelector("chat-transcript")),
  composer: /** @type {import("./composer.js").Composer} */ (document.querySelector("chat-composer")),
  request,
  token: csrfToken,
  toast: (text, action) => using(notices(), ({ toast }) => toast(text, action)),
  announce: (text) => using(notices(), ({ announce }) => announce(text)),
  sent: (pending) => {
    if (!pending.isNew) return;
    tabValue(BEGAN, pending.ask.conversation);
    using(sidebar(), (list) => list.expect(pending));
  },
};
const { live, outbox, transcript, composer } = page;

/** @type {Record<string, Promise<any>>} */
const loading = {};

/**
 * One promise for each part that is loaded later: those of single imports need not come in order.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
function part(name, load) {
  return (loading[name] ??= load().catch((error) => {
    delete loading[name];
    throw error;
  }));
}

const notices = () => part("notices", () => import("./notices.js"));
const status = () => part("status", async () => new (await import("./status.js")).Status(page));
const keeping = () => part("keeping", () => import("./keeping/page.js"));
const models = () => part("models", () => import("./picker/models.js"));
const quota = () => part("quota", () => import("./insight/quota.js"));

const sidebar = () =>
  part("sidebar", async () => new (await import("./sidebar.js")).Sidebar(page, await status()));

/**
 * Do `run` with a part once it is there; without a server it may not come.
 * @template T
 * @param {Promise<T>} loaded
 * @param {(part: T) => unknown} run
 */
function using(loaded, run) {
  loaded.then(run, () => {});
}

/** The same for what somebody asks for, who is told. @type {typeof using} */
function doing(loaded, run) {
  loaded.then(run, () => {
    page.toast(gettext("No connection. Try again when it is back."));
    document.getElementById("tools-menu")?.hidePopover(); // opened by its button, it would stay empty
  });
}

/** What does not come now is asked for again when it is needed. @param {Promise<unknown>[]} parts */
const ahead = (...parts) => parts.forEach((each) => using(each, () => {}));

/** What the page needs once somebody does something, also when the server is away by then. */
function loadRest() {
  ahead(sidebar(), notices(), import("./actions.js"), import("./path.js"), import("./menus.js"));
}

/** The conversation exists now: the page gets its address. */
function becomeReal() {
  if (!page.isNew) return;
  composer.keepDraft();
  page.drafts.write("new", "");
  page.isNew = false;
  composer.keepDraft();
  delete body.dataset["new"];
  history.replaceState(null, "", `/c/${page.conversation}/`);
  const tool = isTemporary ? "keep-chat" : "export";
  document.querySelector(`[data-action="${tool}"]`)?.removeAttribute("hidden");
}

/** A first message that did not arrive before a reload is taken up with its conversation's number. */
function takeUp() {
  const abandoned = page.isNew ? outbox.abandoned() : null;
  // A reload that overtook the acknowledgement comes here, although the conversation exists.
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  const began = page.isNew && tabValue(BEGAN, null);
  if (began && !abandoned && navigation?.type === "reload") location.replace(`/c/${began}/`);
  if (abandoned) page.conversation = abandoned.ask.conversation;
  for (const pending of outbox.of(page.conversation)) {
    if (!transcript.column.querySelector(`[data-client-id="${pending.ask.client_id}"]`))
      transcript.say(pending);
    else outbox.settle(pending.ask.client_id);
  }
  if (transcript.articles.length > 0) transcript.onrunning();
}

/** How each backend stood last. @type {Map<string, EventMap["backend.changed"]>} */
const backends = new Map();

function tellBackends() {
  const all = [...backends.values()];
  const isGone = composer.choice !== null && !backends.has(composer.choice.backend);
  if (isGone || all.some((each) => each.state === "down") || "status" in loading)
    using(status(), (lines) => lines.backends(all));
}

function listen() {
  let connections = 0;
  live.on("welcome", ({ build }) => {
    live.send({ type: "open", conversation: page.conversation });
    for (const pending of outbox.due(page.conversation)) live.send(pending.ask);
    // What changed between two sockets, or a page and a socket that was long in coming, was told to nobody here.
    if (connections > 0 || performance.now() > QUIET || document.querySelector("li[data-generating]"))
      using(sidebar(), (list) => list.refresh());
    connections += 1;
    if (body.dataset["build"] && build !== body.dataset["build"])
      using(status(), (lines) => lines.show("newer"));
  });
  live.on("asked", (event) => event.conversation === page.conversation && becomeReal());
  live.on("conversation.changed", (event) => {
    using(sidebar(), (list) => list.changed(event));
    if (event.conversation !== page.conversation) return;
    if (event.deleted) using(keeping(), ({ leave }) => leave(page, event.title));
    else if (page.isTemporary)
      using(keeping(), ({ kept }) => kept(page)); // told of since it is none any more
    else using(status(), (lines) => (lines.title = event.title));
  });
  live.on("backend.changed", (event) => {
    if (event.state === "gone") backends.delete(event.name);
    else backends.set(event.name, event);
    tellBackends();
    using(models(), ({ offer }) => (offer(composer.model, event), composer.offered()));
  });
  live.on("quota.changed", (event) => {
    if (event.level !== "free" || "quota" in loading) using(quota(), ({ tell }) => tell(composer, event));
  });
  live.on("approvals", ({ waiting }) => {
    for (const badge of document.querySelectorAll('[data-slot="approvals"]')) {
      badge.textContent = String(waiting);
      /** @type {HTMLElement} */ (badge).hidden = waiting === 0;
    }
  });
  live.on("readers.changed", (event) => using(keeping(), ({ told }) => told(page, event)));
  live.on("error", (event) => failed(event));
  live.onstate = (state) => {
    body.dataset["connection"] = state;
    if (state !== "online" || "status" in loading) using(status(), (lines) => lines.connection(state));
  };
  live.onfailing = () => using(status(), (lines) => lines.ask(live));
}

function failed(/** @type {EventMap["error"]} */ event) {
  const { code, text, advice, client_id: clientId, re } = event;
  transcript.own.delete(clientId ?? "");
  const refused = clientId && outbox.refuse(clientId, { code, text, advice });
  if (refused) {
    if (refused.ask.conversation === page.conversation) {
      transcript.say({ ...refused, refused: { code, text, advice } });
      page.announce(`${text} ${advice}`);
    }
    return;
  }
  if (re === "open" && page.isNew) return;
  // Deleted while this page was away.
  if (re === "open" && code === "not_found")
    using(Promise.all([status(), keeping()]), ([lines, { leave }]) => leave(page, lines.title));
  else if (re === "resume") transcript.refresh();
  else page.toast(`${text} ${advice}`);
}

/** Shortcuts are looked up here, so that the browser's own are held back in time; what they do loads with the first. */
function pressed(/** @type {KeyboardEvent} */ event) {
  if (event.defaultPrevented || event.isComposing) return;
  const inDialog = document.querySelector("dialog[open], [popover]:popover-open") !== null;
  if (event.key === "Escape" && !inDialog && composer.stop()) event.preventDefault();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || store.read("shortcuts") === false) return;
  const key = event.code === "Semicolon" ? ";" : event.key.toLowerCase();
  const name = { o: "new", l: "temporary", c: "copy-reply", ";": "copy-code", ":": "copy-code" }[
    event.shiftKey ? key : ""
  ];
  const isList =
    key === "/" || (event.shiftKey && event.code === "Slash") || (event.shiftKey && event.code === "Digit7");
  if (!name && !isList) return;
  event.preventDefault();
  doing(import("./dialogs.js"), ({ shortcut }) => shortcut(page, name ?? "list"));
}

function clicked(/** @type {MouseEvent} */ event) {
  const target = event.target instanceof Element ? event.target.closest("[data-action]") : null;
  const action = target?.getAttribute("data-action") ?? "";
  const before = document.activeElement;
  if ((action === "menu" || action === "older") && target instanceof HTMLElement)
    doing(sidebar(), (list) => list.act(action, target, before));
  if (action === "add-files") composer.withTray((tray) => tray.pick());
  if (action === "tools") doing(import("./tools/switches.js"), (tools) => tools.open(page));
  if (action === "temporary") doing(keeping(), ({ toggle }) => toggle(page));
  if (action === "keep-chat") doing(keeping(), ({ keep }) => keep(page));
  if (action === "starter") composer.send(target?.getAttribute("data-text") ?? "");
  if (action === "settings" || action === "shortcuts")
    doing(import("./dialogs.js"), (dialogs) => dialogs.open(page, action));
}

store.onrefused = () =>
  page.toast(gettext("This browser keeps nothing: text that is not sent is lost with the tab."));
transcript.onrunning = () => composer.update();
transcript.onwrote = (text, isEnd) => using(notices(), ({ speak }) => speak(text, isEnd));
transcript.attach(page);
composer.attach(page);
listen();
takeUp();
for (const backend of data("backends") ?? []) backends.set(backend.name, backend);
tellBackends();
composer.model.addEventListener("change", tellBackends);
addEventListener("keydown", pressed);
addEventListener("click", clicked);
addEventListener("announce", (event) => page.announce(/** @type {CustomEvent} */ (event).detail));
addEventListener("online", () => live.wake());
addEventListener("storage", ({ key, newValue }) => {
  const gone = newValue === null && outbox.named(key);
  if (gone) using(import("./actions.js"), ({ takenBack }) => takenBack(page, gone));
});
document.addEventListener("visibilitychange", () => document.hidden || live.wake());
// A page with an open socket is not kept for going back, so it hangs up and calls again.
addEventListener("pagehide", () => live.stop());
addEventListener("pageshow", (event) => event.persisted && (isTemporary ? location.reload() : live.start()));
live.start();
for (const type of ["pointerdown", "keydown"]) addEventListener(type, loadRest, { once: true });
// The server groups the list by UTC's days; elsewhere they may be others.
if (new Date().getTimezoneOffset() !== 0) ahead(sidebar());
setTimeout(() => ahead(sidebar(), notices()), QUIET);
const said = tabValue(FLASH, null); // what the page before this one wanted said
if (said) using(keeping(), ({ flash }) => flash(page, said));
page.drafts.tidy();
