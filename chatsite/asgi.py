"""The ASGI application: pages, static files and sockets, with the engine beside them.

daphne knows no lifespan, so the engine starts with the first connection and is drained by a trigger of Twisted's
reactor; a server that has a lifespan is served by it.
"""

from __future__ import annotations

import gc
import os
from importlib import import_module
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from chatsite.health.doors import HealthDoors  # noqa: E402
from chatsite.health.requests import NumberedRequests  # noqa: E402
from chatsite.lifecycle import Lifecycle  # noqa: E402
from chatsite.serving.allocation import keep_little  # noqa: E402
from chatsite.static import StaticApp  # noqa: E402
from conversations.live.consumers import ChatConsumer  # noqa: E402

tab: Any = ChatConsumer.as_asgi()


async def sockets(scope: Any, receive: Any, send: Any) -> None:
    """The one address for sockets; elsewhere the handshake is refused."""
    if scope["path"] == "/ws/":
        await tab(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})


http: Any = StaticApp(cast(Any, pages), prefix=settings.STATIC_URL)
site = Lifecycle(ProtocolTypeRouter({"http": http, "websocket": sockets}))
application = NumberedRequests(HealthDoors(site))

keep_little()
# What is loaded stays: to search it for garbage again and again would hold every stream up for 60 ms each time.
import_module(settings.ROOT_URLCONF)  # the pages, which the first request would load
gc.collect()
gc.freeze()
