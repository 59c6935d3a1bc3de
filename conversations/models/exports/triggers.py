"""The triggers that write the log of changes, on SQLite and on PostgreSQL.

A reply is logged once it has its end, never while it grows: a checkpoint costs the look at its state. One that goes to
the trash while it is written on is logged then: it was told of before it went on. What only the site itself needs
(leases, rendered HTML) is no change. Whatever was told as deleted when it went to the trash is not
told again when it is purged.

A temporary chat is not logged at all; once it is kept it is told as one that was restored is.

SQLite drops triggers with the table that a later migration makes anew, so they are put back after each `migrate`, but
for one that goes back to where the tables have not all of these columns yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

TRIGGERS = (
    "change_message_made",
    "change_message_edited",
    "change_message_gone",
    "change_head_made",
    "change_head_edited",
    "change_head_trashed",
    "change_head_gone",
)
MESSAGE = (
    "conversation_id", "parent_id", "role", "state", "content", "thinking", "attached", "created_at", "trashed_at",
    "backend_name", "model_name", "finished_at", "reason", "error_code", "error_detail", "metrics", "provenance",
    "tool_calls", "logprobs", "tool_name", "tool_call_id",
)  # fmt: skip
HEAD = (
    "owner_id", "title", "created_at", "updated_at", "leaf_id", "backend_name", "model_name", "system_prompt", "think",
    "sampling", "response_format", "corrects_format", "tools",
)  # fmt: skip
_HEAD_LISTED = ("trashed_at", "temporary_until")
_MESSAGES, _HEADS = "conversations_message", "conversations_conversation"
_FINISHED = "NEW.state NOT IN ('queued', 'loading', 'streaming')"
_LOG = 'INSERT INTO conversations_change ("transaction", owner, conversation, message)'


def fit(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables have the columns that they look at."""
    looked_at = {_MESSAGES: {*MESSAGE}, _HEADS: {*HEAD, *_HEAD_LISTED}}
    with connection.cursor() as cursor:
        return all(
            columns <= {each.name for each in connection.introspection.get_table_description(cursor, table)}
            for table, columns in looked_at.items()
        )


def install(connection: BaseDatabaseWrapper) -> None:
    """Make those that are not there."""
    if are_there(connection):
        return
    statements = _postgresql() if connection.vendor == "postgresql" else _sqlite()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def are_there(connection: BaseDatabaseWrapper) -> bool:
    """Whether none is missing. Asks for far less than `fit` does."""
    return len(present(connection)) == len(TRIGGERS)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop all of them."""
    with connection.cursor() as cursor:
        for name in present(connection):
            table = _MESSAGES if "message" in name else _HEADS
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """Those that are there."""
    postgresql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(postgresql if connection.vendor == "postgresql" else sqlite)
        return {name for (name,) in cursor.fetchall()} & set(TRIGGERS)


def log_all(connection: BaseDatabaseWrapper) -> None:
    """Log what was there before the triggers were: each conversation, then its messages, the oldest first."""
    heads = f"{_LOG} SELECT 0, owner_id, id, 0 FROM {_HEADS} ORDER BY id"  # noqa: S608 - names of ours
    messages = (
        f"{_LOG} SELECT 0, c.owner_id, m.conversation_id, m.id FROM {_MESSAGES} m"  # noqa: S608 - names of ours
        f" JOIN {_HEADS} c ON c.id = m.conversation_id ORDER BY m.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(heads)
        cursor.execute(messages)


def _sqlite() -> Iterator[str]:
    """One statement a trigger."""
    for name, event, condition, action in _triggers("0", "IS NOT"):
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN {condition} BEGIN {action}; END"


def _postgresql() -> Iterator[str]:
    """A function a trigger; what its condition looks up elsewhere may only stand inside."""
    for name, event, condition, action in _triggers("pg_current_xact_id()::text::bigint", "IS DISTINCT FROM"):
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF {condition} THEN {action}; END IF; RETURN NULL; END $$"
        )
        yield f"CREATE OR REPLACE TRIGGER {name} AFTER {event} FOR EACH ROW EXECUTE FUNCTION {name}()"


def _triggers(transaction: str, differs: str) -> Iterator[tuple[str, str, str, str]]:
    """Of each its name, event, condition and action."""
    owner = f"(SELECT owner_id FROM {_HEADS} WHERE id = {{row}}.conversation_id)"  # noqa: S608 - names of ours
    message = f"{_LOG} VALUES ({transaction}, {owner}, {{row}}.conversation_id, {{row}}.id)"
    head = f"{_LOG} VALUES ({transaction}, {{row}}.owner_id, {{row}}.id, 0)"
    made, edited, gone, head_made, head_edited, head_trashed, head_gone = TRIGGERS
    yield made, f"INSERT ON {_MESSAGES}", f"{_FINISHED} AND {_is_lasting('NEW')}", message.format(row="NEW")
    shown = f"(OLD.trashed_at IS NULL OR NEW.trashed_at IS NULL) AND {_is_lasting('NEW')}"
    told_at_its_end = f"{_FINISHED} AND {_differ(MESSAGE, differs)}"
    changed = f"{shown} AND ({told_at_its_end} OR OLD.trashed_at IS NULL AND NEW.trashed_at IS NOT NULL)"
    yield edited, f"UPDATE OF {', '.join(MESSAGE)} ON {_MESSAGES}", changed, message.format(row="NEW")
    untold = f"OLD.trashed_at IS NULL AND {_is_lasting('OLD', 'trashed_at IS NOT NULL OR temporary_until IS NOT NULL')}"
    yield gone, f"DELETE ON {_MESSAGES}", untold, message.format(row="OLD")
    yield head_made, f"INSERT ON {_HEADS}", _listed("NEW"), head.format(row="NEW")
    changed = f"{_listed('NEW')} AND {_differ(HEAD, differs)}"
    yield head_edited, f"UPDATE OF {', '.join(HEAD)} ON {_HEADS}", changed, head.format(row="NEW")
    turned = f"({_listed('OLD')}) <> ({_listed('NEW')})"
    with_it = (
        f"{_LOG} SELECT {transaction}, NEW.owner_id, NEW.id, m.id FROM {_MESSAGES} m"  # noqa: S608 - names of ours
        f" WHERE m.conversation_id = NEW.id AND m.trashed_at IS NULL ORDER BY m.id"
    )
    event = f"UPDATE OF {', '.join(_HEAD_LISTED)} ON {_HEADS}"
    yield head_trashed, event, turned, f"{head.format(row='NEW')}; {with_it}"
    yield head_gone, f"DELETE ON {_HEADS}", _listed("OLD"), head.format(row="OLD")


def _listed(row: str) -> str:
    """Neither in the trash nor temporary."""
    return f"{row}.trashed_at IS NULL AND {row}.temporary_until IS NULL"


def _is_lasting(row: str, unless: str = "temporary_until IS NOT NULL") -> str:
    """Of a message: its conversation is told of."""
    found = f"SELECT 1 FROM {_HEADS} WHERE id = {row}.conversation_id AND ({unless})"  # noqa: S608 - names of ours
    return f"NOT EXISTS ({found})"


def _differ(names: tuple[str, ...], differs: str) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return f"({old}) {differs} ({new})"
