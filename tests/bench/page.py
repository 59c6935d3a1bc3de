"""The chat page in a real browser: how much it loads, and how soon it paints when it has been there before."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

_RELOADS = 7
_FIRST_PAINT = """() => new Promise(done => {
  const seen = list => done(list.getEntries()[0].startTime);
  new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
})"""


@dataclass(frozen=True, slots=True)
class PageLoad:
    """The first load's assets as they went over the wire and its requests; the median first paint of warm ones (ms)."""

    asset_bytes: int
    requests: int
    first_paint: float


def measure_page(port: int, cookie: str) -> PageLoad:
    """Load the signed-in start page cold, then warm."""
    address = f"http://127.0.0.1:{port}/"
    name, value = cookie.split("=", 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        sizes, requests = _load_cold(page, address)
        paints = []
        for _turn in range(_RELOADS):
            page.goto(address)
            paints.append(page.evaluate(_FIRST_PAINT))
        browser.close()
    return PageLoad(sizes, requests, median(paints))


def _load_cold(page: Page, address: str) -> tuple[int, int]:
    """The bytes of everything but the page itself, and the number of requests that left the browser's own cache."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def responded(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["response"]["url"]

    def loaded(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    devtools.on("Network.responseReceived", responded)
    devtools.on("Network.loadingFinished", loaded)
    page.goto(address, wait_until="networkidle")
    devtools.detach()
    fetched = {request: url for request, url in urls.items() if url.startswith("http") and sizes.get(request)}
    return sum(sizes[request] for request, url in fetched.items() if url != address), len(fetched)
