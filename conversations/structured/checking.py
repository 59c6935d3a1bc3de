"""Asks the checker (a child process with a limit on its time) about a schema, or about an answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from conversations.structured.formats import Format, NotAFormat, Problem, read_answer

SECONDS = 5.0
"""Of computing, for a question: a machine that is busy with others' work is not the schema's fault."""
_PATIENCE = 60.0
_CHECKER = Path(__file__).with_name("checker.py")


def wrong_with_schema(schema: dict[str, Any]) -> list[Problem]:
    """Where the schema is none after Draft 2020-12; nothing when it is one. Takes a moment: not for the loop."""
    return _ask({"schema": schema})


def wrong_with_answer(text: str, wanted: Format) -> list[Problem]:
    """Where a model's answer is not what was wanted. Takes a moment: not for the loop."""
    try:
        answer = read_answer(text)
    except NotAFormat as error:
        return list(error.problems)
    if not isinstance(wanted, dict):
        return []
    return _ask({"schema": wanted, "answer": answer})


def _ask(question: dict[str, Any]) -> list[Problem]:
    try:
        asked = subprocess.run(
            [sys.executable, "-I", str(_CHECKER)],
            input=json.dumps({**question, "seconds": SECONDS}),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
        found = json.loads(asked.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # it died: of its limit, or of a schema that nobody foresaw
        return [Problem((), "slow", round(SECONDS))]
    return [Problem(tuple(one["path"]), one["keyword"], one["wanted"], one["text"]) for one in found]
