/** Markdown in the browser: the same output as the server's, streamed in any pieces, for any text. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import MarkdownIt from "markdown-it";
import { createParser } from "../../static/js/markdown/rules.js";
import { Blocks } from "../../static/js/markdown/stream.js";

const fixtures = new URL("../fixtures/markdown/", import.meta.url);
/** @type {{ name: string, text: string, html: string }[]} */
const cases = JSON.parse(readFileSync(new URL("cases.json", fixtures), "utf8"));
/** @type {string[]} */
const attacks = JSON.parse(readFileSync(new URL("attacks.json", fixtures), "utf8"));
const md = createParser(MarkdownIt);

describe("the fixture file that the server is held to as well", () => {
  for (const { name, text, html } of cases) {
    test(name, () => assert.equal(md.render(text), html));
  }
});

describe("a streamed text", () => {
  for (const size of [1, 2, 7, 64, 1000]) {
    test(`is drawn like the whole, in pieces of ${size}`, () => {
      const different = cases.filter(({ text }) => shown(stream(text, size)) !== md.render(text));
      // Only the end can tell: whether a formula closes, and what a link leads to. `finish()` draws the whole again.
      const expected = ["unclosed math", "definition after use"];
      assert.deepEqual(
        different.map(({ name }) => name),
        expected,
      );
    });
  }

  test("freezes a block once and never gives it again", () => {
    const text = "one\n\ntwo\n\n```py\na = 1\n```\n\n- x\n- y\n\nend\n";
    const { frozen } = stream(text, 1);
    assert.deepEqual(
      frozen.map((html) => html.match(/^<(\w+)/)?.[1]),
      ["p", "p", "figure", "ul"],
    );
  });

  test("does not freeze what half a line may still join", () => {
    const blocks = new Blocks(md);
    assert.deepEqual(blocks.step("- a\n\n2"), { frozen: "", live: md.render("- a\n\n2") });
    assert.equal("frozen" in blocks.step("1. a\n\n2") && blocks.html, md.render("1. a\n\n2"));
    assert.equal("frozen" in blocks.step("1. a\n\n2. b\n") && blocks.html, md.render("1. a\n\n2. b\n"));
  });

  test("hands the code of an open fence on without parsing it", () => {
    const blocks = new Blocks(md);
    blocks.step("```py\n");
    let parsed = 0;
    const render = md.render.bind(md);
    md.render = (...given) => ((parsed += 1), render(...given));
    let text = "```py\n";
    let code = "";
    for (let line = 0; line < 500; line++) {
      text += `print(${line})\n`;
      const step = blocks.step(text);
      assert.ok("code" in step);
      code += step.code;
    }
    md.render = render;
    assert.equal(parsed, 0);
    assert.equal(code, text.slice("```py\n".length));
  });

  test("holds back ticks that may close the fence", () => {
    const blocks = new Blocks(md);
    blocks.step("````py\na\n");
    assert.deepEqual(blocks.step("````py\na\n``"), { code: "" });
    assert.deepEqual(blocks.step("````py\na\n```\n"), { code: "```\n" });
    assert.deepEqual(blocks.step("````py\na\n```\n``` b"), { code: "``` b" });
    assert.ok("frozen" in blocks.step("````py\na\n```\n``` b\n````\n"));
    assert.equal(blocks.html, md.render("````py\na\n```\n``` b\n````\n"));
  });

  test("ends like the whole for 2000 texts of garbage, but for what only the end can tell", () => {
    const random = generator(20261121);
    let different = 0;
    for (let turn = 0; turn < 2000; turn++) {
      const text = garbage(random);
      const { blocks } = stream(text, 1 + Math.floor(random() * 9));
      blocks.end();
      if (blocks.html === md.render(text)) continue;
      different += 1;
      assert.match(text, /\[a\]|\$\$|\\\[/, JSON.stringify(text));
    }
    assert.ok(different < 60, `${different}`);
  });
});

describe("time", () => {
  for (const [name, piece] of Object.entries({
    paragraphs: "Some words, *some* `code`, a [link](https://example.org) and $x$.\n\n",
    fences: "```py\nprint(1)\n```\n\n",
    "one fence": "print('a line of code')\n",
  })) {
    test(`grows with the length, not its square: ${name}`, () => {
      const start = name === "one fence" ? "```py\n" : "";
      const cost = (/** @type {number} */ length) => {
        const text = start + piece.repeat(length / piece.length);
        let steps = 0;
        const render = md.render.bind(md);
        md.render = (source, env) => ((steps += source.length), render(source, env));
        stream(text, 4);
        md.render = render;
        return steps;
      };
      assert.ok(cost(40_000) < 6 * cost(10_000));
    });
  }
});

describe("attacks", () => {
  test("there are at least 150", () => assert.ok(new Set(attacks).size >= 150));
  for (const attack of attacks) {
    test(JSON.stringify(attack.slice(0, 60)), () => {
      assert.deepEqual(dangers(md.render(attack)), []);
      assert.deepEqual(dangers(shown(stream(attack, 3))), []);
    });
  }
});

test("every language that is coloured is installed", () => {
  const source = readFileSync(new URL("../../static/js/markdown/hydrate.js", import.meta.url), "utf8");
  const names = [...source.matchAll(/^ {4}"([a-z0-9 ]+)"/gm)].flatMap(([, line]) => line.trim().split(" "));
  const folder = new URL("../../node_modules/@highlightjs/cdn-assets/es/languages/", import.meta.url);
  const installed = new Set(readdirSync(folder).map((file) => file.replace(".min.js", "")));
  assert.ok(names.length > 80);
  assert.deepEqual(
    names.filter((name) => !installed.has(name)),
    [],
  );
});

/** Feed `text` in pieces of `size`. */
function stream(/** @type {string} */ text, /** @type {number} */ size) {
  const blocks = new Blocks(md);
  /** @type {string[]} */
  const frozen = [];
  let live = "";
  for (let at = size; at < text.length + size; at += size) {
    const step = blocks.step(text.slice(0, at));
    if ("code" in step) {
      live = live.replace("</code>", () => `${md.utils.escapeHtml(step.code)}</code>`);
      continue;
    }
    live = step.live;
    if (step.frozen)
      frozen.push(...step.frozen.split(/(?<=\n)(?=<(?:p|h\d|ul|ol|figure|div|blockquote|hr)\b)/));
  }
  return { blocks, frozen, live };
}

const shown = (/** @type {ReturnType<typeof stream>} */ { frozen, live }) => frozen.join("") + live;

/** Everything in `html` that could run, load or leave by a way that is not allowed. */
function dangers(/** @type {string} */ html) {
  const tags = new Set(
    "a blockquote br button code div em figcaption figure h3 h4 h5 h6 hr input label li ol p pre s span strong table tbody td th thead tr ul".split(
      " ",
    ),
  );
  const attributes = new Set(
    "checked class data-action data-display data-language dir disabled href rel start target title type".split(
      " ",
    ),
  );
  const found = [];
  for (const [, tag, rest] of html.matchAll(/<\/?([^\s>]*)((?:[^>"]|"[^"]*")*)>/g)) {
    if (!tags.has(tag)) found.push(tag);
    for (const [, name, value] of rest.matchAll(/([^\s="]+)(?:="([^"]*)")?/g)) {
      if (!attributes.has(name)) found.push(`${tag} ${name}`);
      if (name === "href" && !/^(https?:\/\/|mailto:)/i.test(value)) found.push(value);
    }
  }
  return found;
}

function generator(/** @type {number} */ seed) {
  return () => {
    seed = (seed * 1664525 + 1013904223) % 2 ** 32;
    return seed / 2 ** 32;
  };
}

function garbage(/** @type {() => number} */ random) {
  const atoms =
    "a|b c| |  |    |\n|\n\n|\t|- |* |1. |> |# |```|```py\n|~~~|`|$|$$|\\(|\\)|\\[|\\]|[|]|(|)|![|](http://x.y)|[ ] |<|&|**|_|~~|=|---|x_1|é|🙂|<b>|[a]: http://d.e\n|[a]|\r\n".split(
      /(?<!^)\|(?!\|)/,
    );
  return Array.from(
    { length: 2 + Math.floor(random() * 25) },
    () => atoms[Math.floor(random() * atoms.length)],
  ).join("");
}
