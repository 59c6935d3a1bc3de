"""The test upstream as a program, for a browser to talk to."""

from __future__ import annotations

import argparse
import threading
from dataclasses import replace

from tests.upstream.models import DEMO_MODELS
from tests.upstream.openai import DIALECTS
from tests.upstream.server import Upstream


def main() -> None:
    """Serve the demo models until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=11999)
    parser.add_argument("--rate", type=float, default=50.0, help="tokens a second (default: 50; 0: as fast as it goes)")
    parser.add_argument("--pull-rate", type=float, default=60.0, help="megabytes a second (default: 60; 0: at once)")
    parser.add_argument("--slots", type=int, help="answers at a time (default: any number)")
    parser.add_argument("--dialect", choices=DIALECTS, default="ollama", help="of the OpenAI protocol under /v1")
    wanted = parser.parse_args()
    models = [replace(model, load=2.0 if "thinking" in (model.capabilities or ()) else 0.5) for model in DEMO_MODELS]
    with Upstream(wanted.port, models=models, rate=wanted.rate, slots=wanted.slots, dialect=wanted.dialect) as upstream:
        upstream.transfer_rate = wanted.pull_rate * 1e6
        print(f"Speaking Ollama at {upstream.address}: {', '.join(model.name for model in upstream.models)}")
        print(
            "Prompts it knows: “say 500 words”, “wait 10”, “fail”, “call TOOL {json}”, “surprise me”; it looks at "
            "images and keeps to a format; anything else gets a tour of Markdown.",
            flush=True,
        )
        print(f"Models to pull: {', '.join(upstream.published)}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
