// The lines that say how the page stands: the connection, the session, the build, the backends, the title.

import { slot } from "./message.js";

/** @typedef {"offline" | "signed-out" | "old" | "newer" | "refused"} Line */

/** The further down, the more it matters: a line gives way only to a later one. @type {Line[]} */
const ORDER = ["newer", "offline", "refused", "old", "signed-out"];

export class Status {
  /** How many other conversations ended while nobody looked. */
  #unseen = 0;
  #title = document.querySelector("header h1")?.textContent ?? "";
  /** @type {Set<Line>} */
  #lines = new Set();
  #isAsking = false;
  #isAnswered = false;

  constructor(/** @type {Page} */ page) {
    this.page = page;
    this.line = /** @type {HTMLElement} */ (slot(document, "offline"));
    this.banner = /** @type {HTMLElement} */ (slot(document, "banner"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.unseen = 0;
    });
  }

  get title() {
    return this.#title;
  }

  set title(title) {
    if (title) this.#title = title;
    const heading = document.querySelector("header h1");
    if (heading) heading.textContent = this.#title;
    this.#head();
  }

  get unseen() {
    return this.#unseen;
  }

  set unseen(count) {
    this.#unseen = count;
    this.#head();
  }

  #head() {
    const count = this.#unseen ? `(${this.#unseen}) ` : "";
    document.title = `${count}${this.#title} · Chatsite`;
  }

  connection(/** @type {LiveState} */ state) {
    if (state === "online") {
      if (this.#lines.has("offline")) this.page.announce(gettext("Connected again"));
      for (const line of /** @type {const} */ (["offline", "refused", "signed-out"]))
        this.#lines.delete(line);
      this.#isAnswered = false;
      this.#draw();
    } else if (state !== "connecting") this.show(state);
  }

  /** Connecting keeps failing: find out whether nothing is answered, or only the socket. */
  async ask(/** @type {import("./live.js").Live} */ live) {
    if (this.#isAsking) return; // a question that nobody answers holds one of the few connections to a site
    this.#isAsking = true;
    const isAnswered = await this.page.request("/sidebar/").then(
      () => true,
      () => false,
    );
    this.#isAsking = false;
    if (live.isOnline) return; // it is back since
    if (!isAnswered) {
      this.#lines.delete("refused");
      this.#draw();
    } else if (this.#isAnswered) this.show("refused");
    else live.wake(); // the site may have come back this moment
    this.#isAnswered = isAnswered;
  }

  show(/** @type {Line} */ line) {
    this.#lines.add(line);
    this.#draw();
  }

  #draw() {
    const line = ORDER.findLast((each) => this.#lines.has(each));
    this.line.hidden = !line;
    const text = slot(this.line, "offline-text");
    if (line) text?.replaceChildren(...this.#words(line));
  }

  /** @returns {(string | Node)[]} */
  #words(/** @type {Line} */ line) {
    const next = encodeURIComponent(location.pathname);
    switch (line) {
      case "signed-out":
        return [gettext("Signed out"), " · ", link(gettext("Sign in"), `/accounts/login/?next=${next}`)];
      case "old":
        return [gettext("This page is older than the server"), " · ", link(gettext("Reload"), location.href)];
      case "newer":
        return [gettext("A new version is ready"), " · ", link(gettext("Reload"), location.href)];
      case "refused":
        return [gettext("The live connection is refused on the way. Reload to see what is new.")];
      default:
        return [gettext("No connection. What you send goes out when it is back.")];
    }
  }

  /** How all backends stand; the banner shows while the chosen one is gone, or down and nobody shares its model, or
      another and no server is up. */
  backends(/** @type {EventMap["backend.changed"][]} */ all) {
    const down = all.filter((each) => each.state === "down");
    const select = /** @type {HTMLSelectElement?} */ (document.querySelector("select[name=model]"));
    const [, chosen = "", model] = /^(.*?)\/(.*)$/.exec(select?.value ?? "") ?? [];
    const up = all.filter((each) => each.state === "up");
    const listed = all.flatMap((each) => each.models).find((m) => m.backend === chosen && m.name === model);
    const isShared = up.some((each) => listed?.others.includes(each.name));
    const isServed = up.some((each) => each.address !== "");
    const isGone = chosen !== "" && !all.some((each) => each.name === chosen);
    const first = down.find((each) => each.name === chosen && !isShared) ?? (isServed ? undefined : down[0]);
    if (isGone) {
      this.#warn(this.page.faults["server_gone"]?.text ?? "", gettext("Choose another model."), "");
      return;
    }
    if (!first && !this.banner.hidden) void this.#findAgain();
    this.banner.hidden = !first;
    if (!first) return;
    const { label: name, address, code, detail } = first;
    if (!this.banner.hasAttribute("data-staff")) {
      this.#warn(
        interpolate(gettext("The model server %(name)s cannot be reached."), { name }, true),
        gettext(
          "Your text is kept. If it stays away, tell whoever runs this site; this page notices when it is back.",
        ),
        "",
      );
      return;
    }
    const error = this.page.faults[code]?.text ?? gettext("The model server does not answer.");
    const words = interpolate(gettext("%(name)s at %(address)s: %(error)s"), { name, address, error }, true);
    const todo = gettext(
      "Start it (Ollama: ollama serve), or set its address; this page notices when it is up.",
    );
    this.#warn(words, todo, detail);
  }

  #warn(/** @type {string} */ words, /** @type {string} */ todo, /** @type {string} */ detail) {
    this.banner.hidden = false;
    const advice = document.createElement("span");
    advice.className = "advice";
    advice.textContent = todo;
    slot(this.banner, "banner-text")?.replaceChildren(`${words} `, advice);
    const raw = slot(this.banner, "banner-raw");
    if (raw) raw.textContent = detail;
    const details = slot(this.banner, "banner-detail");
    if (details) details.hidden = detail === "";
  }

  /** A server is up again: a page without messages says what was found now. */
  async #findAgain() {
    const line = slot(document, "found");
    if (!line) return;
    try {
      const response = await this.page.request("/");
      const { fragment } = await import("./markdown/html.js");
      line.textContent = slot(fragment(await response.text()), "found")?.textContent ?? "";
    } catch {
      // The line is as it was; the picker has the models.
    }
  }
}

function link(/** @type {string} */ text, /** @type {string} */ href) {
  const element = document.createElement("a");
  element.href = href;
  element.textContent = text;
  return element;
}
