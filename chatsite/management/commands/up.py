"""`manage.py up`: bring the database up to date, serve, and open the browser."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from chatsite.catalogs import compile_catalogs
from chatsite.progress import step
from chatsite.serving.exposure import faults, is_public
from chatsite.serving.server import address_of, listen, serve
from chatsite.serving.workers import Workers
from conversations.models import Backend

PREPARING = 0x63686174  # the number of a lock of PostgreSQL, which no other use of the database has
VARIABLES = {"database": "DATABASE_URL", "redis": "REDIS_URL"}


class Command(BaseCommand):
    """Everything between a clone and the first page that the bootstrap has not done already."""

    help = "Install what is missing, bring the database up to date, serve, and open the browser."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-open", action="store_true", help="do not open the browser")
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes to serve with (1)")
        parser.add_argument("--database", metavar="URL", help="use this database, as DATABASE_URL does")
        parser.add_argument("--redis", metavar="URL", help="use this Redis, as REDIS_URL does")
        parser.add_argument("--no-backup", action="store_true", help="take no backup before the database is changed")
        parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["worker"]:
            self._work(socket.socket(fileno=options["worker"]))
            return
        _take_over(options)
        if options["workers"] > 1 and not os.environ.get("REDIS_URL"):
            raise CommandError("Several workers find each other through Redis: add --redis redis://127.0.0.1:6379/0")
        try:
            self._prepare_and_serve(options)
        except KeyboardInterrupt:
            self._say("Stopped.")

    def _prepare_and_serve(self, options: dict[str, Any]) -> None:
        _refuse_to_expose()
        listener = _listen()
        for locale in settings.LOCALE_PATHS:
            compile_catalogs(Path(locale))
        _migrate(backs_up=not options["no_backup"])
        address, wants_browser = address_of(listener), not options["no_open"] and _has_desktop()

        def ready() -> None:
            self._say(f"Chatsite is on {address} (Ctrl-C stops it).")
            if wants_browser:
                webbrowser.open(address)

        if options["workers"] > 1:
            ready()
            self._supervise(listener, options["workers"])
        else:
            serve(_application(), listener, ready, lambda: self._say("Stopping: saving what is being written."))
        self._say("Stopped.")

    def _supervise(self, listener: socket.socket, count: int) -> None:
        command = [sys.executable, sys.argv[0], "up", "--worker", str(listener.fileno())]
        if not Workers(command, listener, count).run():
            raise CommandError("A worker ended soon after its start: its last words are above.")

    def _work(self, listener: socket.socket) -> None:
        serve(_application(), listener, lambda: None, lambda: None, lifeline=sys.stdin.fileno())

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _application() -> Any:
    return import_string(settings.ASGI_APPLICATION)


def _take_over(options: dict[str, Any]) -> None:
    """Options that stand for variables: the settings have read those already, so start again with them."""
    given = {VARIABLES[name]: options[name] for name in VARIABLES if options[name]}
    if any(os.environ.get(name) != value for name, value in given.items()):
        os.environ.update(given)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def _refuse_to_expose() -> None:
    """What is harmless at home is not in front of others: on another address, or behind a proxy that speaks HTTPS."""
    if not (is_public(settings.HOST) or settings.HTTPS):
        return
    found = list(
        faults(debug=settings.DEBUG, secret_key=settings.SECRET_KEY, allowed_hosts=settings.ALLOWED_HOSTS),
    )
    if found:
        where = f"on {settings.HOST}" + (" behind HTTPS" if settings.HTTPS else "")
        lines = "\n".join(f"  - {fault}" for fault in found)
        raise CommandError(f"Chatsite does not start {where}, where others reach it, like this:\n{lines}")


def _listen() -> socket.socket:
    host, port = settings.HOST, settings.PORT
    try:
        return listen(host, port)
    except OSError as error:
        raise CommandError(
            f"{host}:{port} cannot be used: {error.strerror or error}.\n"
            f"If Chatsite runs already, open http://{host}:{port}. Otherwise stop what uses the port,\n"
            f"or choose another:  PORT={port + 1} {' '.join(['python3', *sys.argv])}"
        ) from error


def _migrate(*, backs_up: bool) -> None:
    try:
        with _alone():
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if plan:
                if backs_up and executor.loader.applied_migrations:
                    _back_up()
                with step(f"Database, {len(plan)} migrations"):
                    call_command("migrate", interactive=False, verbosity=0)
            Backend.objects.follow_environment()
    except OperationalError as error:
        raise CommandError(
            f"The database cannot be used: {error}\nCheck DATABASE_URL, or DATA_DIR for SQLite, then start again."
        ) from error
    finally:
        connection.close()


@contextmanager
def _alone() -> Iterator[None]:
    """Others that start at the same moment, on other machines, find the database prepared."""
    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # a migration takes its time
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])
            cursor.execute("RESET lock_timeout")


def _back_up() -> None:
    try:
        with step("Backup") as line:
            line.ending = str(import_string("conversations.backups.upgrading.back_up")() or "nothing to keep")
    except (OSError, ValueError) as error:
        raise CommandError(
            f"The backup before the database is changed failed: {error}\nNothing was changed. Make room in DATA_DIR, "
            "or start with --no-backup if you have a backup of your own."
        ) from error


def _has_desktop() -> bool:
    """Whether somebody sits in front of this machine who could look at a browser."""
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
