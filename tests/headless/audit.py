"""What is left when the load has ended: everything that was sent, compared with the database and with every tab."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from tests.headless.answers import Known, answer_to
from tests.headless.articles import RUNNING
from tests.headless.page import Page
from tests.headless.person import Person
from tests.headless.stored import Row, Stored, Tree


@dataclass
class Audit:
    """The counts of a report; from `lost` on all are to be 0, and `findings` says what they are about."""

    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by code
    lost: int = 0
    duplicated: int = 0
    misdirected: int = 0
    stuck: int = 0
    damaged: int = 0
    differing: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether all that must be 0 is."""
        return not (self.lost + self.duplicated + self.misdirected + self.stuck + self.damaged + self.differing)


async def audit(stored: Stored, pages: list[Page], upstream: Known, patience: float) -> Audit:
    """Wait until nothing moves any more, at most `patience` seconds, and count."""
    found = Audit()
    people = {page.person.name: page.person for page in pages}.values()
    await _come_to_rest(stored, pages, upstream, patience)
    for row in stored.running():
        found.stuck += 1
        found.findings.append(f"stuck: {row}")
    for person in people:
        audit_person(found, stored, person)
    for page in pages:
        if _difference(stored, page):
            found.differing += 1
            found.findings.append(f"differs: {page.person.name}, {_difference(stored, page)}")
    found.damaged += len(upstream.strange)
    found.findings += [f"damaged: {each}" for each in upstream.strange]
    return found


async def _come_to_rest(stored: Stored, pages: list[Page], upstream: Known, patience: float) -> None:
    """Until everything agrees twice, with a heartbeat between: what was under way has come by then."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    agreed = 0
    while agreed < 2 and loop.time() < until:
        upstream.release()
        pongs = {page: page.pongs for page in pages if page.send(type="ping")}
        while loop.time() < until and any(page.pongs == n and page.is_online for page, n in pongs.items()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        is_over = not (any(page.person.outbox or page.is_busy for page in pages) or stored.running())
        agreed = agreed + 1 if is_over and not any(_difference(stored, page) for page in pages) else 0
        await asyncio.sleep(0.02 if agreed else 0.05)


def _difference(stored: Stored, page: Page) -> str:
    """Between a page and the database; empty when they agree."""
    tree = stored.tree(page.conversation)
    expected = tree.view() if tree else []
    if not page.is_online:
        return f"is not connected: {page.line.closes[-3:]}"
    if tree and not tree.is_kept:
        return f"shows {page.conversation}, which is deleted"
    return "" if page.view() == expected else f"shows {page.view()}\nstored {expected}"


def audit_person(found: Audit, stored: Stored, person: Person) -> None:
    """Count what a person sent, was told and has in the database."""
    rows: dict[str, list[Row]] = {}
    trees: dict[str, Tree] = {}
    for row in stored.sent_by(person.pk, person.since):
        rows.setdefault(row.client_id, []).append(row)
    found.sent += len(person.sent)
    found.acknowledged += len(person.acknowledged)
    found.stored += len(rows.keys() & person.sent.keys())
    found.refused += Counter(person.refused.values())
    found.misdirected += len(person.foreign)
    found.findings += [f"wrong recipient: {each}" for each in person.foreign]
    for client_id in person.outbox:
        found.stuck += 1
        found.findings.append(f"never answered: {person.sent[client_id]}")
    for client_id in rows.keys() - person.sent.keys():
        found.duplicated += 1
        found.findings.append(f"nobody sent {rows[client_id]}")
    for client_id in person.acknowledged:
        if not _is_whole(person, client_id, rows.get(client_id, [])):
            found.lost += 1
            found.findings.append(f"lost: {person.sent.get(client_id)}, there is {rows.get(client_id)}")
    for row in (each for same in rows.values() for each in same):
        tree = trees.setdefault(str(row.conversation), stored.tree(row.conversation) or Tree(None, False, {}))
        if problem := _damage(tree, row):
            found.damaged += 1
            found.findings.append(f"damaged: {problem}")
    _count_twins(found, rows)


def _is_whole(person: Person, client_id: str, rows: list[Row]) -> bool:
    """An acknowledged command has its reply, and its words as they were sent."""
    sent = person.sent.get(client_id)
    said = [row.content for row in rows if row.role == "user"]
    is_answered = any(row.role == "assistant" for row in rows)
    return sent is not None and is_answered and said == ([] if sent.text is None else [sent.text])


def _count_twins(found: Audit, rows: dict[str, list[Row]]) -> None:
    """Every question is worded differently, and each command has one row of a role."""
    words = Counter(row.content for same in rows.values() for row in same if row.role == "user")
    roles = Counter((client_id, row.role) for client_id, same in rows.items() for row in same)
    twins = [key for counts in (words, roles) for key, count in counts.items() if count > 1]
    found.duplicated += len(twins)
    found.findings += [f"twice: {twin}" for twin in twins]


def _damage(tree: Tree, row: Row) -> str:
    """What is wrong with a reply's text; empty when it is a part of what the model said, or all of it if complete."""
    if row.role != "assistant" or row.state in RUNNING or row.id not in tree.rows:
        return ""
    answer = answer_to(tree.question_of(row))
    is_right = row.content == answer if row.state == "complete" else answer.startswith(row.content)
    return "" if is_right else f"{row}, not {answer!r}"
