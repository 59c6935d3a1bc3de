"""A model server to test against: real HTTP, Ollama's protocol, and a plan for every fault.

    with Upstream() as upstream:
        upstream.plan(Plan("Good morning", stop_after=1, end="reset"))
        backend = OllamaBackend(address=upstream.address)

Without a plan its models use what a chat offers them (tools, a format, images …): see `skills`.

By hand: `python -m tests.upstream --port 11999 --rate 50`.
"""

from tests.upstream.models import Model
from tests.upstream.plans import Call, Plan
from tests.upstream.server import Upstream
from tests.upstream.transfers import Transfer

__all__ = ["Call", "Model", "Plan", "Transfer", "Upstream"]
