"""Fills a new database before the server starts: people with sessions, and two conversations of very different length.

Prints the cookies, and the conversations of the first person as {length: [id, leaf]}.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django

django.setup()  # DJANGO_SETTINGS_MODULE comes from `processes.stage`

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection  # noqa: E402

from conversations.models import Conversation, Message, Role, User  # noqa: E402
from tests.bench.upstream import MODEL  # noqa: E402

LENGTHS = (10, 10_000)
# Ten of these are more than the model's context holds, so that both conversations send it the same.
TEXT = "The river runs past the old mill and under the bridge, where children throw sticks into the water. " * 5


def main(people: int) -> None:
    """Migrate, fill, print."""
    call_command("migrate", interactive=False, verbosity=0)
    User.objects.bulk_create(User(username=f"person{index}", password="!") for index in range(people))
    users = list(User.objects.order_by("pk"))
    # PostgreSQL takes minutes for many messages of one conversation in one transaction, and nobody asks in them there.
    lengths = LENGTHS if connection.vendor == "sqlite" else LENGTHS[:1]
    talks = {length: _make_talk(users[0], length) for length in lengths}
    print(json.dumps({"cookies": [_cookie(user) for user in users], "talks": talks}))


def _make_talk(owner: User, length: int) -> tuple[str, int]:
    """A conversation with one path of `length` messages: its id, and the path's end."""
    talk = Conversation.objects.create(owner=owner, title=f"{length} messages", backend_name="ollama", model_name=MODEL)
    first = Message.objects.create(conversation=talk, role=Role.USER, content=TEXT, sender=owner).pk
    rest = [
        Message(
            pk=pk,
            parent_id=pk - 1,
            conversation=talk,
            role=Role.ASSISTANT if (pk - first) % 2 else Role.USER,
            content=TEXT,
            sender=owner,
        )
        for pk in range(first + 1, first + length)
    ]
    Message.objects.bulk_create(rest, batch_size=500)
    with connection.cursor() as cursor:  # PostgreSQL does not see which numbers were given
        for statement in connection.ops.sequence_reset_sql(no_style(), [Message]):
            cursor.execute(statement)
    leaf = first + length - 1
    talk.choose(leaf)
    return str(talk.pk), leaf


def _cookie(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
