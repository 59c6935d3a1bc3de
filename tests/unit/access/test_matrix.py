"""Who gets what: every route of the code × everybody, as `matrix.txt` says.

A new route turns this red until it has its line there. Look at the answers that the test prints, and if they are right,
add the line.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conversations.api.openapi.examples import EXAMPLES
from conversations.generation.engine import engine
from conversations.tasks import close_threads
from tests.unit.access.people import WHO, answer_of, client_of, groups, is_out, things, values_for
from tests.unit.access.routes import Route, routes

TABLE = Path(__file__).with_name("matrix.txt")
ROUTES = routes()
_BODIES = {"edit": {"text": ""}, "ask": {"text": ""}, "createConversation": {"id": "x"}}
"""What begins nothing, where the example would."""


def told() -> dict[str, list[str]]:
    """The lines of the table: the answers to each, in the order of `WHO`."""
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {" ".join(line.split()[:2]): line.split()[2:] for line in lines}


def body_of(route: Route) -> object:
    """An example of what it takes, or nothing."""
    if not route.operation or route.method in ("GET", "DELETE"):
        return None
    return _BODIES.get(route.operation, next(iter(EXAMPLES.get(route.operation, {}).values()), {}))


@pytest.fixture(autouse=True)
def _quiet(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.runner, "start", lambda *args, **options: None)


def answers_to(who: str) -> dict[str, str]:
    """What `who` gets from every route."""
    groups()
    values, found = things(), {}
    client = client_of(who)
    for route in ROUTES:
        address = route.address(values_for(route.path, values))
        answer = answer_of(client, route.method, address, body_of(route))
        found[str(route)] = answer
        may_have_changed = route.method != "GET" and answer[0] in "23"
        if may_have_changed or is_out(client):
            values, client = things(), client_of(who)
    close_threads()
    return found


def test_every_route_gives_everybody_what_the_table_says() -> None:
    known = told()
    columns = [answers_to(who) for who in WHO]
    found = {name: [column[name] for column in columns] for name in columns[0]}
    asked = {name: answers for name, answers in found.items() if set(answers) - {"405"}}
    wrong = [_line(name, asked[name]) for name in asked if known.get(name) != asked[name]]
    if wrong:
        pytest.fail("\n".join(["Where these are right, they are the lines of matrix.txt:", *wrong]), pytrace=False)
    assert sorted(set(known) - set(asked)) == [], "there is no such route"


def _line(name: str, answers: list[str]) -> str:
    method, path = name.split()
    return f"{method:6} {path:70} " + " ".join(f"{answer:5}" for answer in answers).rstrip()
