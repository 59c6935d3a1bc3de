"""An answer that comes late: held back, and given to the page when something newer is there already."""

from __future__ import annotations

from playwright.sync_api import APIResponse, Page, Route


class Late:
    """The first request of `page` to `pattern`, from now on; those after it go their way."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page = page
        self._pattern = pattern
        self._routes: list[Route] = []
        self._answer: APIResponse | None = None
        page.route(pattern, self._take)

    def _take(self, route: Route) -> None:
        self._routes.append(route)
        if len(self._routes) > 1:
            route.continue_()

    def fetch(self) -> None:
        """Have it answered from what is so now. The request has to be on its way."""
        while not self._routes:
            self._page.evaluate("new Promise((done) => setTimeout(done, 20))")
        self._answer = self._routes[0].fetch()

    def come(self) -> None:
        """Let the answer come, and return when the page has taken it in: another one of its kind came after it."""
        assert self._answer, "not fetched"
        url = self._routes[0].request.url
        self._routes[0].fulfill(response=self._answer)
        self._page.evaluate("async (url) => (await fetch(url, {headers: {'X-Requested-With': 'fetch'}})).text()", url)


class Held:
    """The requests of `page` to `pattern`, from now on: scripts or answers of a slow network, until they are let go."""

    def __init__(self, page: Page, pattern: str, method: str = "") -> None:
        self._page = page
        self._method = method
        self._routes: list[Route] = []
        self._is_over = False
        page.route(pattern, self._take)

    def __len__(self) -> int:
        return len(self._routes)

    def _take(self, route: Route) -> None:
        if self._is_over or (self._method and route.request.method != self._method):
            route.continue_()
        else:
            self._routes.append(route)

    def come(self) -> None:
        """Let them go, once there is one, and hold back no more."""
        while not self._routes:
            self._page.evaluate("new Promise((done) => setTimeout(done, 20))")
        self._is_over = True
        for route in self._routes:
            route.continue_()
