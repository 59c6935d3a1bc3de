"""Markdown in a real browser, under the real policy: streamed as saved, harmless, and enriched when it is seen."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.templatetags.static import static
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from chatsite.policy import HEADERS, SECURE_CSP
from chatsite.static import StaticApp
from conversations.rendering import render
from tests.live import serving

FIXTURES = Path(__file__).parent.parent / "fixtures/markdown"
CASES = json.loads((FIXTURES / "cases.json").read_text("utf-8"))
ATTACKS = json.loads((FIXTURES / "attacks.json").read_text("utf-8"))
PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Markdown</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="{static("css/app.css")}"><div class="md"></div>"""


async def _page(scope: Any, receive: Any, send: Any) -> None:
    policy = "; ".join(f"{name} {sources}" for name, sources in SECURE_CSP.items())
    headers = {"content-type": "text/html", "content-security-policy": policy, **HEADERS}
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": told})
    await send({"type": "http.response.body", "body": PAGE.encode()})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(StaticApp(_page, settings.STATIC_URL)) as address:
        yield address


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], address: str) -> Page:
    """An empty page with the modules at hand: `stream(text, size)` draws a reply in pieces, a frame for each."""
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    context.add_init_script("globalThis.gettext = (text) => text; globalThis.fired = 0; alert = () => fired++;")
    page = context.new_page()
    page.goto(address)
    page.evaluate(
        """async (folder) => {
          const [{ MarkdownStream, ready }, { hydrate }, html] = await Promise.all(
            ["stream", "hydrate", "html"].map((name) => import(`${folder}${name}.js`)));
          await ready();
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const target = document.querySelector(".md");
          const stream = async (text, size) => {
            target.replaceChildren();
            const reply = new MarkdownStream(target);
            for (let at = 0; at < text.length; at += size) {
              reply.append(text.slice(at, at + size));
              await frame();
            }
            return reply;
          };
          Object.assign(globalThis, { MarkdownStream, hydrate, ...html, frame, target, stream });
        }""",
        static("js/markdown/"),
    )
    return page


def test_every_case_of_the_fixture_ends_as_the_server_renders_it(page: Page) -> None:
    page.evaluate("() => { globalThis.IntersectionObserver = class { observe() {} }; }")  # no colours, no formulas
    different = page.evaluate(
        """async (cases) => {
          const different = [];
          for (const { name, text, html } of cases) {
            const reply = await stream(text, Math.max(7, Math.ceil(text.length / 4)));
            reply.finish();
            const shown = target.cloneNode(true);
            for (const button of shown.querySelectorAll("button")) {
              button.removeAttribute("aria-label");
              button.removeAttribute("title");
            }
            const wanted = target.cloneNode();
            setHTML(wanted, html);
            if (!shown.isEqualNode(wanted)) different.push(name);
          }
          return different;
        }""",
        CASES,
    )
    assert different == []


def test_attacks_neither_run_nor_load_nor_break_the_policy(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """async (attacks) => {
          for (const [attack, html] of attacks) {
            const [written, saved] = [target.cloneNode(), target.cloneNode()];
            document.body.append(written, saved);
            const reply = new MarkdownStream(written);
            reply.append(attack);
            reply.finish();
            setHTML(saved, html);
            hydrate(saved);
          }
          for (let top = 0; top < document.body.scrollHeight; top += 1000) {
            scrollTo(0, top);
            await frame();
          }
          for (const button of document.querySelectorAll("button")) button.click();
          await frame();
        }""",
        [(attack, render(attack)) for attack in ATTACKS],
    )
    page.wait_for_load_state("networkidle")
    assert page.evaluate("fired") == 0
    assert page.url.rstrip("/") == address
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert page.locator(":is(script, img, iframe, object, embed, form, style):not(head *, .katex *)").count() == 0


def test_code_gets_colours_and_a_button_that_copies_it(page: Page) -> None:
    page.evaluate("stream('```python\\ndef f(x):\\n    return \"<x>\"\\n```\\n', 5).then((reply) => reply.finish())")
    expect(page.locator("code .hljs-keyword").first).to_have_text("def")
    expect(page.locator("code")).to_have_text('def f(x):\n    return "<x>"\n')
    page.evaluate("() => { globalThis.setTimeout = (run) => { globalThis.later = run; }; }")
    page.get_by_role("button", name="Copy code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == 'def f(x):\n    return "<x>"\n'
    page.evaluate("later()")
    expect(page.get_by_role("button", name="Copy code")).to_be_visible()


def test_copying_works_where_the_browser_offers_no_clipboard(page: Page) -> None:
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    page.evaluate("stream('```\\nplain & <simple>\\n```', 50).then((reply) => reply.finish())")
    listen = "() => { const said = []; addEventListener('announce', (event) => said.push(event.detail)); return said; }"
    said = page.evaluate_handle(listen)
    page.evaluate("() => { globalThis.setTimeout = () => 0; }")  # or it might say “Copied” before it is looked at
    page.get_by_role("button", name="Copy code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert said.json_value() == ["Copied"]
    page.evaluate("delete navigator.clipboard")
    assert page.evaluate("navigator.clipboard.readText()").strip() == "plain & <simple>"


def test_formulas_are_set_and_a_wrong_one_shows_its_source(page: Page) -> None:
    text = r"Euler $e^{i\pi}=-1$ and \[ \frac{1}{2} \sqrt{x} \] but $\frac{1$ stays."
    page.evaluate("(html) => { setHTML(target, html); hydrate(target); }", render(text))
    expect(page.locator('.math[data-display="inline"] .katex').first).to_be_visible()
    expect(page.locator('.math[data-display="block"] .katex-display')).to_be_visible()
    expect(page.locator(".math.source")).to_have_text(r"\frac{1")


@pytest.mark.parametrize("occasion", ["hydrate(document.createElement('p'))", "dispatchEvent(new Event('online'))"])
@pytest.mark.parametrize("missing", ["**/*.min.js", "**/katex.min.css"])
def test_what_a_script_did_not_come_for_is_asked_for_again(
    page: Page, errors: list[str], occasion: str, missing: str
) -> None:
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        route.abort()
        refused.append(route)

    page.route(missing, refuse)
    text = "Euler $e^{i\\pi}=-1$\n\n```python\ndef f(x):\n```"
    page.evaluate("(html) => { setHTML(target, html); hydrate(target); }", render(text))
    while not refused:
        page.wait_for_timeout(20)
    expect(page.locator(".math")).to_have_text("e^{i\\pi}=-1")
    expect(page.locator(".katex")).to_have_count(0)
    page.unroute(missing)
    page.evaluate(f"setInterval(() => {occasion}, 50)")  # a moment later the page knows that it was refused
    expect(page.locator(".katex")).to_have_count(1)
    expect(page.locator(".hljs-keyword")).to_have_text("def")
    errors.clear()


def test_a_selection_survives_what_comes_after_it(page: Page) -> None:
    page.evaluate("async () => { globalThis.reply = await stream('First *paragraph* here.\\n\\n- one\\n- two', 9); }")
    expect(page.locator("li").nth(1)).to_have_text("two")
    page.evaluate("getSelection().selectAllChildren(target.querySelector('em'))")
    for piece, last in {" more\n- three": "three", "\n\nLast `one`": "Last one", " is.\n\n# End\n\n- a": "a"}.items():
        page.evaluate("(piece) => reply.append(piece)", piece)
        expect(page.locator("li, p").last).to_have_text(last)
    page.evaluate("reply.finish()")
    chosen = page.evaluate("getSelection().toString()")
    assert chosen == "paragraph"


def test_long_code_is_laid_out_in_pieces_and_still_one_text(page: Page) -> None:
    nodes, same = page.evaluate(
        """async () => {
          performance.now = () => 0; // a busy machine's paints take long, and the next ones would wait for it
          const reply = await stream("```text\\n", 50);
          let text = "";
          for (let line = 0; line < 300; line++) {
            text += `line ${line}\\n`;
            reply.append(`line ${line}\\n`);
            if (line % 10 === 0) await frame();
          }
          await frame();
          const code = target.querySelector("code");
          const nodes = code.childNodes.length;
          reply.finish();
          return [nodes, code.textContent === text && code.childNodes.length === 1];
        }"""
    )
    assert nodes >= 4
    assert same


def test_a_hidden_tab_without_frames_still_shows_the_text(page: Page) -> None:
    page.evaluate("globalThis.requestAnimationFrame = () => 0")
    page.evaluate("() => { new MarkdownStream(target).append('shown *all the same*'); }")
    expect(page.locator(".md em")).to_have_text("all the same")


def test_the_text_is_there_before_the_parser_is(
    new_context: Callable[..., BrowserContext], address: str, errors: list[str]
) -> None:
    context = new_context()
    page = context.new_page()
    asked: list[Route] = []

    def fails_and_hangs(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.abort()

    context.route("**/markdown-it*", fails_and_hangs)
    page.goto(address)
    begun: list[Request] = []

    def is_the_second(request: Request) -> bool:
        if "/markdown-it" in request.url:
            begun.append(request)
        return len(begun) == 2

    with page.expect_request(is_the_second):
        page.evaluate(
            """async (path) => {
              const { MarkdownStream } = await import(path);
              const reply = new MarkdownStream(document.querySelector(".md"));
              reply.append("some *words*\\n\\nmore");
              reply.finish();
            }""",
            static("js/markdown/stream.js"),
        )
    expect(page.locator(".md[data-plain]")).to_have_text("some *words*\n\nmore")
    context.unroute_all(behavior="ignoreErrors")
    errors.clear()


def test_wide_code_and_tables_can_be_scrolled_by_keyboard(page: Page) -> None:
    wide = "| " + " | ".join(f"column {n} with words" for n in range(40)) + " |\n|" + "---|" * 40
    page.evaluate("(html) => { setHTML(target, html); hydrate(target); }", render(f"```\n{'x' * 500}\n```\n\n{wide}"))
    expect(page.get_by_role("group", name="Table")).to_have_attribute("tabindex", "0")
    expect(page.get_by_role("group", name="Code")).to_have_attribute("tabindex", "0")
