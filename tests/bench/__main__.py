"""`python -m tests.bench [--only NAME …] [--json FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
from datetime import date
from pathlib import Path

from tests.bench.figures import Figure, table
from tests.bench.processes import stage
from tests.bench.scenes import SCENES

PEOPLE = 500


def main() -> None:
    """Run the scenes on one stage, print each figure as it is known, and the table at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SCENES, metavar="NAME", help=", ".join(SCENES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    figures = _run(options.only or list(SCENES))
    machine = f"{os.cpu_count()} cores for server, upstream and client together, Python {platform.python_version()}"
    print(f"\n{table(figures, date.today(), machine)}")
    if options.json:
        options.json.write_text(json.dumps([figure.as_value() for figure in figures], indent=2) + "\n")


def _run(names: list[str]) -> list[Figure]:
    gc.disable()  # the client's own pauses are not the server's
    figures = []
    with stage(PEOPLE) as found:
        print(f"server: process {found.server.pid}, port {found.server.port}", flush=True)
        for name in names:
            for figure in asyncio.run(SCENES[name](found)):
                print("  ".join(figure.cells()), flush=True)
                figures.append(figure)
            gc.collect()
    return figures


if __name__ == "__main__":
    main()
