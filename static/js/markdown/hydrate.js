/**
 * What saved and finished HTML lacks until it nears the viewport: colours for code (highlight.js, one small file a
 * language), formulas (KaTeX), and names for the buttons and scrolling boxes, because stored HTML has no language.
 */
import { setHTML } from "./html.js";

const NEAR = "400px";
const MAX_CODE = 50_000; // characters: beyond it code stays plain
const CONFIRMED = 2000; // milliseconds that a copy button says so
const VENDOR = "../../vendor";

const LANGUAGES = new Set(
  (
    "ada apache armasm asciidoc awk bash c clojure cmake coffeescript cpp crystal csharp css d dart delphi diff django " +
    "dns dockerfile dos elixir elm erb erlang fortran fsharp gherkin glsl go gradle graphql groovy haml handlebars " +
    "haskell http ini java javascript json julia kotlin latex less lisp llvm lua makefile markdown mathematica matlab " +
    "nginx nim nix objectivec ocaml perl pgsql php powershell prolog properties protobuf puppet python r reasonml ruby " +
    "rust sas scala scheme scss shell smalltalk sql stan stata stylus swift tcl twig typescript vala vbnet verilog vhdl " +
    "vim wasm x86asm xml xquery yaml"
  ).split(" "),
);
// prettier-ignore
/** @type {Record<string, string>} */
const ALIASES = {
  assembly: "x86asm", bat: "dos", "c++": "cpp", cc: "cpp", cjs: "javascript", console: "shell", cs: "csharp",
  "c#": "csharp", docker: "dockerfile", ex: "elixir", "f#": "fsharp", golang: "go", h: "c", hpp: "cpp", hs: "haskell",
  html: "xml", jinja: "django", jinja2: "django", js: "javascript", json5: "json", jsonc: "json", jsonl: "json",
  jsx: "javascript", kt: "kotlin", make: "makefile", md: "markdown", mjs: "javascript", objc: "objectivec",
  patch: "diff", pl: "perl", postgres: "pgsql", postgresql: "pgsql", ps1: "powershell", py: "python", python3: "python",
  rb: "ruby", rs: "rust", sh: "bash", svelte: "xml", svg: "xml", tex: "latex", toml: "ini", ts: "typescript",
  tsx: "typescript", vb: "vbnet", vue: "xml", yml: "yaml", zsh: "bash",
};
/** @type {Record<string, string[]>} */
const INNER = {
  xml: ["css", "javascript"],
  markdown: ["xml"],
  php: ["xml"],
  erb: ["xml", "ruby"],
  django: ["xml"],
};

/** @type {Map<string, Promise<unknown>>} */
const loaded = new Map();
/** How often what is asked for did not come. */
let failures = 0;
/** What stands as its source because of that. @type {Set<Element>} */
const lacking = new Set();
/** @type {IntersectionObserver | undefined} */
let observer;

/**
 * Prepare every block of code, table and formula in `root`, itself included, and those before that a script did not
 * come for. Doing it again is harmless.
 *
 * @param {Element} root
 */
export function hydrate(root) {
  observer ??= start();
  askAgain();
  for (const button of all(root, "button.copy:not([aria-label])")) name(button, gettext("Copy code"));
  for (const element of all(root, "figure.code, .table, .math")) {
    if (!element.hasAttribute("data-seen")) observer.observe(element);
  }
}

/**
 * The code block that `button` belongs to goes to the clipboard as it was written; an event `announce` says so, for
 * those who hear the page.
 *
 * @param {Element} button
 */
export async function copyCode(button) {
  const code = button.closest("figure.code")?.querySelector("code");
  if (!code || !(await copyFrom(code))) return;
  name(button, gettext("Copied"));
  button.classList.add("done");
  button.dispatchEvent(new CustomEvent("announce", { bubbles: true, detail: gettext("Copied") }));
  setTimeout(() => {
    name(button, gettext("Copy code"));
    button.classList.remove("done");
  }, CONFIRMED);
}

function start() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest('[data-action="copy-code"]');
    if (button) copyCode(button);
  });
  addEventListener("online", askAgain);
  const options = { rootMargin: NEAR, scrollMargin: NEAR };
  return new IntersectionObserver((entries, self) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      self.unobserve(target);
      target.setAttribute("data-seen", "");
      enrich(target).catch(() => lacking.add(target));
    }
  }, options);
}

function askAgain() {
  for (const element of lacking) {
    element.removeAttribute("data-seen");
    if (element.isConnected) observer?.observe(element);
  }
  lacking.clear();
}

/** Rejects when a script for it did not come. */
async function enrich(/** @type {Element} */ element) {
  if (element.matches(".math")) {
    await typeset(/** @type {HTMLElement} */ (element));
    return;
  }
  const code = element.querySelector("code");
  const box = element.matches(".table") ? element : code?.parentElement;
  if (box && box.scrollWidth > box.clientWidth) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box === element ? gettext("Table") : gettext("Code"));
  }
  if (code && !element.matches(".table")) await colour(code, element.getAttribute("data-language") ?? "");
}

/** @param {Element} code @param {string} given */
async function colour(code, given) {
  const language = ALIASES[given] ?? given;
  const source = code.textContent ?? "";
  if (!LANGUAGES.has(language) || source.length > MAX_CODE) return;
  const [{ default: hljs }] = await Promise.all([
    core(),
    ...[language, ...(INNER[language] ?? [])].map(learn),
  ]);
  if (code.textContent === source)
    setHTML(code, hljs.highlight(source, { language, ignoreIllegals: true }).value);
}

/** @returns {Promise<any>} */
const core = () => once(`${VENDOR}/highlight/core.min.js`);

async function learn(/** @type {string} */ language) {
  const [{ default: hljs }, { default: grammar }] = await Promise.all([
    core(),
    once(`${VENDOR}/highlight/languages/${language}.min.js`),
  ]);
  if (!hljs.getLanguage(language)) hljs.registerLanguage(language, grammar);
}

/** @param {HTMLElement} math */
async function typeset(math) {
  const tex = math.textContent ?? "";
  await Promise.all([once(`${VENDOR}/katex/katex.min.js`), styles()]);
  const { katex } = /** @type {any} */ (globalThis);
  const displayMode = math.dataset["display"] === "block";
  try {
    // Drawn through the DOM: KaTeX sets its lengths one by one, where HTML with style attributes would be blocked.
    katex.render(tex, math, {
      displayMode,
      throwOnError: true,
      strict: "ignore",
      maxSize: 20,
      maxExpand: 500,
    });
  } catch {
    math.textContent = tex;
    math.classList.add("source");
  }
}

const styles = () => once(`${VENDOR}/katex/katex.min.css`, link);

function link(/** @type {string} */ path) {
  const element = document.createElement("link");
  element.rel = "stylesheet";
  element.href = new URL(path, import.meta.url).href;
  document.head.append(element);
  return new Promise((done, failed) => {
    element.onload = done;
    element.onerror = () => {
      element.remove();
      failed(new Error(path));
    };
  });
}

/** @param {string} path @param {(path: string) => Promise<any>} load @returns {Promise<any>} */
function once(path, load = (from) => import(from)) {
  const known = loaded.get(path);
  if (known) return known;
  // Up to some version a browser never asks again for a module that did not come: not under that name.
  const promise = load(failures ? `${path}?${failures}` : path);
  loaded.set(path, promise);
  promise.catch(() => {
    failures += 1;
    loaded.delete(path);
  });
  return promise;
}

function all(/** @type {Element} */ root, /** @type {string} */ selector) {
  return root.matches(selector)
    ? [root, ...root.querySelectorAll(selector)]
    : root.querySelectorAll(selector);
}

function name(/** @type {Element} */ button, /** @type {string} */ text) {
  button.setAttribute("aria-label", text);
  button.setAttribute("title", text);
}

/** Plain http on a local network has no clipboard interface; the selection's own command still works there. */
async function copyFrom(/** @type {Element} */ code) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(code.textContent ?? "").then(
      () => true,
      () => copySelected(code),
    );
  }
  return copySelected(code);
}

function copySelected(/** @type {Element} */ code) {
  const selection = getSelection();
  selection?.selectAllChildren(code);
  const isCopied = document.execCommand("copy");
  selection?.removeAllRanges();
  return isCopied;
}
