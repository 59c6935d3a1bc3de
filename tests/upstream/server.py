"""The test upstream itself: a thread with its own event loop, raw HTTP/1.1 on real sockets, a record of every call."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType

from tests.upstream.connection import Connection
from tests.upstream.models import DEMO_MODELS, Model
from tests.upstream.plans import Call, Plan
from tests.upstream.skills import plan_of
from tests.upstream.transfers import PUBLISHED, Layer, Transfer

PATIENCE = 60.0  # seconds: a slow machine is no reason to fail
CHATS = ("/api/chat", "/api/generate", "/v1/chat/completions")


class Upstream:
    """A model server on its own thread. Use it as a context manager, or `start()` and `stop()` it.

    `rate` is tokens a second where a plan names none. `slots` bounds the answers at a time; more wait without a
    byte, as Ollama does. `capabilities_in_tags=False` answers as a server before 0.30. Under `/v1` it speaks the
    OpenAI protocol in a `dialect`: it wants the `api_key` if that is set, refuses fields by the words in `refuses`,
    and answers `loading` questions by “Loading model”. `published` is what can be pulled, at `transfer_rate` bytes a
    second (0: at once); `blobs` is what has arrived of each layer.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        models: Sequence[Model] = DEMO_MODELS,
        rate: float = 0.0,
        slots: int | None = None,
        version: str = "0.33.0",
        capabilities_in_tags: bool = True,
        dialect: str = "ollama",
    ) -> None:
        self.port = port
        self.models = list(models)
        self.rate = rate
        self.version = version
        self.capabilities_in_tags = capabilities_in_tags
        self.dialect = dialect
        self.api_key = ""
        self.refuses: dict[str, str] = {}
        self.loading = 0
        self.calls: list[Call] = []
        self.loaded: dict[str, Model] = {}
        self.connections: set[Connection] = set()
        self.published: dict[str, list[Layer]] = dict(PUBLISHED)
        self.blobs: dict[str, int] = {}
        self.transfer_rate = 0.0
        self.slots = asyncio.Semaphore(slots) if slots else None
        self._plans: deque[Plan] = deque()
        self._transfers: deque[Transfer] = deque()
        self._titles: deque[Plan] = deque()
        self._lasting: dict[str, Plan] = {}
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where to reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def chats(self) -> list[Call]:
        """The questions, by either protocol, oldest first."""
        return [call for call in self.calls if call.path in CHATS]

    @property
    def questions(self) -> list[Call]:
        """Those of people: a title is asked for at a time of its own, of an earlier test's conversation perhaps."""
        return [call for call in self.chats if not call.is_title]

    def plan(self, *plans: Plan, model: str | None = None) -> None:
        """Answer the next chats by these plans, one each; with `model`, every chat with that model by the last one.

        A request for a title comes at a time of its own, so it takes none of them: see `plan_title`.
        """
        if model is None:
            self._plans.extend(plans)
        else:
            self._lasting[model] = plans[-1]

    def plan_title(self, *plans: Plan) -> None:
        """Answer the next requests for a title by these plans."""
        self._titles.extend(plans)

    def plan_for(self, call: Call) -> Plan:
        """The plan of a chat: the next one, else the model's lasting one, else what the model says by itself."""
        if call.is_title:
            return self._titles.popleft() if self._titles else Plan("A walk along the river")
        if self._plans:
            return self._plans.popleft()
        if call.model in self._lasting:
            return self._lasting[call.model]
        found = self.find(call.model)
        return plan_of(call, found) if found else Plan()

    def plan_transfers(self, *transfers: Transfer) -> None:
        """Do this to the next pulls and pushes, one each; embeddings only know `hold=0`."""
        self._transfers.extend(transfers)

    def next_transfer(self) -> Transfer:
        """What to do to a pull, a push or texts that have just come in."""
        return self._transfers.popleft() if self._transfers else Transfer()

    def find(self, name: str) -> Model | None:
        """The model of that name; `m` is `m:latest`."""
        return next((model for model in self.models if name.lower() in (model.name, model.name.split(":")[0])), None)

    def release(self) -> None:
        """Let every held answer go on."""
        for call in list(self.calls):
            call.released.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._nudge)

    def wait_until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Block until the condition holds; it is looked at whenever a call begins, advances or ends."""
        with self._changed:
            if not self._changed.wait_for(condition, patience):
                raise TimeoutError(f"calls: {[(call.path, call.fate, call.sent) for call in self.calls]}")

    async def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """`wait_until` for coroutines."""
        await asyncio.to_thread(self.wait_until, condition, patience)

    async def asked(self, count: int = 1) -> Call:
        """Wait until that many chats have come in; the last of them."""
        await self.until(lambda: len(self.chats) >= count)
        return self.chats[count - 1]

    async def closed(self, count: int = 1) -> list[Call]:
        """Wait until the client has closed that many chats before their end."""
        await self.until(lambda: len(self._closed()) >= count)
        return self._closed()

    def notify(self) -> None:
        """Somebody may be waiting for what just changed."""
        with self._changed:
            self._changed.notify_all()

    def start(self) -> Upstream:
        """Listen; `port` is known afterwards."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="upstream", daemon=True)
        self._thread.start()
        ready.wait(PATIENCE)
        if not self.port:
            raise RuntimeError("the upstream did not start")
        return self

    def stop(self) -> None:
        """Close every connection and the port. `start()` again listens on the same one."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
        self._loop = self._thread = None

    def __enter__(self) -> Upstream:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _closed(self) -> list[Call]:
        return [call for call in self.chats if call.fate == "closed"]

    def _nudge(self) -> None:
        for connection in self.connections:
            connection.nudge()

    def _run(self, ready: threading.Event) -> None:
        loop = self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            self._server = loop.run_until_complete(
                loop.create_server(lambda: Connection(self), "127.0.0.1", self.port, reuse_address=True, backlog=1024)
            )
            self.port = self._server.sockets[0].getsockname()[1]
            ready.set()
            loop.run_forever()
        finally:
            ready.set()
            loop.run_until_complete(self._shut())
            loop.close()

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
