"""What the database keeps up by itself: the full-text index of messages, and how many messages a conversation has.

Triggers do it, because messages are written by statements of our own that send no signals. A message is indexed when it
is finished: a streaming reply costs nothing until it ends, whatever is stored of it meanwhile. The index holds terms
only, no second copy of the texts. A migration that makes SQLite copy the table of messages loses the triggers with the
old table: it has to call `install` again.

PostgreSQL reads the first 200,000 characters of a message, which fit into a tsvector whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS conversations_message_search USING fts5(
        content, content='conversations_message', content_rowid='id', columnsize=0,
        tokenize='unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER IF NOT EXISTS conversations_message_added AFTER INSERT ON conversations_message
        WHEN new.state NOT IN ('queued', 'loading', 'streaming') AND new.content <> '' BEGIN
        INSERT INTO conversations_message_search (rowid, content) VALUES (new.id, new.content); END""",
    """CREATE TRIGGER IF NOT EXISTS conversations_message_left AFTER UPDATE OF state, content ON conversations_message
        WHEN old.state NOT IN ('queued', 'loading', 'streaming') AND old.content <> ''
        AND (new.state IN ('queued', 'loading', 'streaming') OR new.content <> old.content) BEGIN
        INSERT INTO conversations_message_search (conversations_message_search, rowid, content)
        VALUES ('delete', old.id, old.content); END""",
    """CREATE TRIGGER IF NOT EXISTS conversations_message_came AFTER UPDATE OF state, content ON conversations_message
        WHEN new.state NOT IN ('queued', 'loading', 'streaming') AND new.content <> ''
        AND (old.state IN ('queued', 'loading', 'streaming') OR new.content <> old.content) BEGIN
        INSERT INTO conversations_message_search (rowid, content) VALUES (new.id, new.content); END""",
    """CREATE TRIGGER IF NOT EXISTS conversations_message_gone AFTER DELETE ON conversations_message
        WHEN old.state NOT IN ('queued', 'loading', 'streaming') AND old.content <> '' BEGIN
        INSERT INTO conversations_message_search (conversations_message_search, rowid, content)
        VALUES ('delete', old.id, old.content); END""",
    """CREATE TRIGGER IF NOT EXISTS conversations_message_counted AFTER INSERT ON conversations_message BEGIN
        UPDATE conversations_conversation SET size = size + 1 WHERE id = new.conversation_id; END""",
    """CREATE TRIGGER IF NOT EXISTS conversations_message_uncounted AFTER DELETE ON conversations_message BEGIN
        UPDATE conversations_conversation SET size = size - 1 WHERE id = old.conversation_id; END""",
)
_SQLITE_TRIGGERS = ("added", "left", "came", "gone", "counted", "uncounted")
_SQLITE_FILL = """INSERT INTO conversations_message_search (rowid, content)
    SELECT id, content FROM conversations_message
    WHERE id > %s AND content <> '' AND state NOT IN ('queued', 'loading', 'streaming') ORDER BY id"""

# Accents go, and whatever is no letter or digit is a gap: one word here is one word in SQLite's index.
_GAPS = r"[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\u00a0-\u00bf\u2000-\u206f\u3000-\u303f]+"
_POSTGRESQL = (
    rf"""CREATE OR REPLACE FUNCTION conversations_search_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
        SELECT to_tsvector('simple', regexp_replace(regexp_replace(
            normalize(left(said, 200000), NFKD), '[\u0300-\u036f]+', '', 'g'), '{_GAPS}', ' ', 'g')) $$""",
    """CREATE TABLE IF NOT EXISTS conversations_message_search (
        message_id bigint PRIMARY KEY, words tsvector NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS message_search_words ON conversations_message_search USING gin (words)",
    """CREATE OR REPLACE FUNCTION conversations_message_enter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO conversations_message_search VALUES (new.id, conversations_search_words(new.content))
        ON CONFLICT (message_id) DO UPDATE SET words = excluded.words; RETURN NULL; END $$""",
    """CREATE OR REPLACE FUNCTION conversations_message_leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM conversations_message_search WHERE message_id = old.id; RETURN NULL; END $$""",
    """CREATE OR REPLACE FUNCTION conversations_message_empty() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        TRUNCATE conversations_message_search; RETURN NULL; END $$""",
    """CREATE OR REPLACE FUNCTION conversations_message_count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE conversations_conversation AS whole
        SET size = size + CASE TG_OP WHEN 'INSERT' THEN of_one.number ELSE - of_one.number END
        FROM (SELECT conversation_id, COUNT(*) AS number FROM touched GROUP BY conversation_id) AS of_one
        WHERE whole.id = of_one.conversation_id; RETURN NULL; END $$""",
    """CREATE OR REPLACE TRIGGER conversations_message_added AFTER INSERT ON conversations_message FOR EACH ROW
        WHEN (new.state NOT IN ('queued', 'loading', 'streaming') AND new.content <> '')
        EXECUTE FUNCTION conversations_message_enter()""",
    """CREATE OR REPLACE TRIGGER conversations_message_came AFTER UPDATE OF state, content ON conversations_message
        FOR EACH ROW WHEN (new.state NOT IN ('queued', 'loading', 'streaming')
        AND (old.state IN ('queued', 'loading', 'streaming') OR new.content <> old.content))
        EXECUTE FUNCTION conversations_message_enter()""",
    """CREATE OR REPLACE TRIGGER conversations_message_left AFTER UPDATE OF state ON conversations_message
        FOR EACH ROW WHEN (new.state IN ('queued', 'loading', 'streaming')
        AND old.state NOT IN ('queued', 'loading', 'streaming'))
        EXECUTE FUNCTION conversations_message_leave()""",
    """CREATE OR REPLACE TRIGGER conversations_message_gone AFTER DELETE ON conversations_message FOR EACH ROW
        EXECUTE FUNCTION conversations_message_leave()""",
    """CREATE OR REPLACE TRIGGER conversations_message_emptied AFTER TRUNCATE ON conversations_message
        EXECUTE FUNCTION conversations_message_empty()""",
    # Once a statement: a conversation's row that is written for each of 10,000 messages takes minutes.
    """CREATE OR REPLACE TRIGGER conversations_message_counted AFTER INSERT ON conversations_message
        REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conversations_message_count()""",
    """CREATE OR REPLACE TRIGGER conversations_message_uncounted AFTER DELETE ON conversations_message
        REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conversations_message_count()""",
)
_POSTGRESQL_FILL = """INSERT INTO conversations_message_search
    SELECT id, conversations_search_words(content) FROM conversations_message
    WHERE id > %s AND content <> '' AND state NOT IN ('queued', 'loading', 'streaming')"""
_COUNT = """UPDATE conversations_conversation SET size =
    (SELECT COUNT(*) FROM conversations_message WHERE conversation_id = conversations_conversation.id)"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index and the triggers where they are missing."""
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def fill(connection: BaseDatabaseWrapper, after: int = 0) -> None:
    """Index the messages with greater numbers, none of which is in the index yet."""
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE_FILL if connection.vendor == "sqlite" else _POSTGRESQL_FILL, [after])


def count(connection: BaseDatabaseWrapper) -> None:
    """Count the messages of each conversation, from the beginning."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop everything that `install` made."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS conversations_message_{name}")
            cursor.execute("DROP TABLE IF EXISTS conversations_message_search")
            return
        for name in ("enter", "leave", "empty", "count"):
            cursor.execute(f"DROP FUNCTION IF EXISTS conversations_message_{name} CASCADE")
        cursor.execute("DROP TABLE IF EXISTS conversations_message_search")
        cursor.execute("DROP FUNCTION IF EXISTS conversations_search_words")


@contextmanager
def paused(connection: BaseDatabaseWrapper, after: int) -> Iterator[None]:
    """Without the triggers, for loading millions of messages with numbers above `after`; they are indexed at the end.

    Whoever loads them says how many each conversation has. Nothing else may write meanwhile.
    """
    _switch(connection, on=False)
    try:
        yield
        fill(connection, after)
    finally:
        _switch(connection, on=True)


def _switch(connection: BaseDatabaseWrapper, *, on: bool) -> None:
    if connection.vendor == "sqlite" and on:
        install(connection)
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS conversations_message_{name}")
        else:
            connection.check_constraints()  # those that wait for the end of the transaction would forbid it
            cursor.execute(f"ALTER TABLE conversations_message {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
