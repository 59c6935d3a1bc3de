"""What `manage.py models` can do, a coroutine for each verb; `options` are those of the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from conversations.backends.base import BackendError, BackendRefused
from conversations.backends.library import library_of
from conversations.backends.names import model_name
from conversations.faults import fault
from conversations.generation.engine import engine
from conversations.library.shelf import Row, Shelf, shelf, usage_of
from conversations.live.protocol.commands import ModelChoice
from conversations.management.chat.prompting import confirm
from conversations.management.chat.screen import visible
from conversations.management.chat.wishes import BadValue, read_option, read_options
from conversations.management.columns import ago, size, table
from conversations.management.describing import describe_listed, part_of
from conversations.management.finding import library_for, need_model, refresh
from conversations.management.library.jobs import carry_out
from conversations.management.machine import USAGE
from conversations.models import User
from conversations.models.library_job import JobKind
from conversations.sampling import Sampling
from conversations.tasks import read

_HEADS = ("NAME", "SERVER", "SIZE", "PARAMETERS", "QUANT", "CONTEXT", "CAN", "MODIFIED", "LOADED")
_LOADED_HEADS = ("NAME", "SERVER", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL")


async def show_list(options: dict[str, Any]) -> None:
    """All models of all servers."""
    await refresh()
    shelves = [await shelf(engine.registry, name) for name in engine.registry.names]
    rows = [_list_row(one, row) for one in shelves for row in one.rows]
    for one in shelves:
        if one.code == "library_unsupported":
            rows += _listed_rows(one)
    say(table(_HEADS, rows))
    _tell_trouble(shelves)


async def show_running(options: dict[str, Any]) -> None:
    """What is in memory."""
    shelves = [await shelf(engine.registry, name) for name in engine.registry.names]
    say(table(_LOADED_HEADS, [_loaded_row(one, row) for one in shelves for row in one.rows if row.running]))
    _tell_trouble(shelves)


async def show_model(options: dict[str, Any]) -> None:
    """One model, or a part of what is known of it."""
    chosen, part = await need_model(options["name"]), options["part"]
    try:
        text = part_of(await library_of(engine.registry.get(chosen.backend)).show(chosen.name), part)
    except BackendRefused as refused:
        info = engine.registry.find(chosen.backend, chosen.name)
        if refused.code != "library_unsupported" or info is None:
            raise
        text = describe_listed(info) if part == "info" else ""
    if not text:
        raise CommandError(f"{chosen.name} names no {part}.")
    say(text)


async def pull(options: dict[str, Any]) -> None:
    """Download."""
    backend, _library = library_for("pull", options["server"])
    name = model_name(options["name"])
    await carry_out(JobKind.PULL, backend, name, {"insecure": True} if options["insecure"] else None)
    say(f"{name} is there.")


async def push(options: dict[str, Any]) -> None:
    """Upload."""
    chosen = await need_model(options["name"])
    await carry_out(JobKind.PUSH, chosen.backend, chosen.name, {"insecure": True} if options["insecure"] else None)
    say(f"{chosen.name} is uploaded.")


async def create(options: dict[str, Any]) -> None:
    """A new model from another."""
    name = model_name(options["name"])
    chosen = await need_model(options["source"])
    request: dict[str, Any] = {"source": chosen.name}
    for key in ("system", "template", "license", "quantize"):
        if options[key] is not None:
            request[key] = _text_of(options[key]) if key in ("template", "license") else options[key]
    if options["parameter"]:
        request["parameters"] = Sampling(**checked(options["parameter"])).options()
    await carry_out(JobKind.CREATE, chosen.backend, name, request)
    say(f"{name} is made from {chosen.name}.")


async def copy(options: dict[str, Any]) -> None:
    """A second name."""
    chosen, name = await need_model(options["source"]), model_name(options["name"])
    await library_of(engine.registry.get(chosen.backend)).copy(chosen.name, name)
    say(f"{chosen.name} is also called {name} now.")


async def delete(options: dict[str, Any]) -> None:
    """Remove, after it was said who uses it."""
    chosen = await need_model(options["name"])
    if not options["yes"]:
        sys.stderr.write(await read(_usage, chosen))
        sys.stderr.flush()
        if not sys.stdin.isatty():
            raise CommandError("Nobody is here to be asked: add --yes to delete it.", returncode=USAGE)
        if not await confirm(f"Delete {chosen.name}?"):
            raise CommandError("It stays.")
    await library_of(engine.registry.get(chosen.backend)).delete(chosen.name)
    say(f"{chosen.name} is deleted.")


async def load(options: dict[str, Any]) -> None:
    """Into memory."""
    chosen, request = await need_model(options["name"]), None
    if options["keepalive"] is not None:
        request = {"keep_alive": checked_duration(options["keepalive"])}
    await carry_out(JobKind.LOAD, chosen.backend, chosen.name, request)
    say(f"{chosen.name} is loaded.")


async def unload(options: dict[str, Any]) -> None:
    """Out of memory."""
    chosen = await need_model(options["name"])
    await library_of(engine.registry.get(chosen.backend)).unload(chosen.name)
    say(f"{chosen.name} is unloaded when its replies have ended.")


def checked(given: list[str]) -> dict[str, Any]:
    """Options of the command line. Raises CommandError with the status of a wrong use."""
    try:
        return read_options(given)
    except BadValue as bad:
        raise CommandError(str(bad), returncode=USAGE) from bad


def checked_duration(text: str) -> str | float | None:
    """How long a model stays loaded. Raises CommandError with the status of a wrong use."""
    try:
        return Sampling(**read_option("keep_alive", [text])).keep_alive_value()
    except BadValue as bad:
        raise CommandError(str(bad), returncode=USAGE) from bad


def say(text: str) -> None:
    """On standard output, without what a terminal would obey."""
    print(visible(text), flush=True)


def _usage(chosen: ModelChoice) -> str:
    user = User.objects.filter(is_superuser=True).order_by("pk").first() or User.objects.order_by("pk").first()
    if user is None:
        return ""
    usage = usage_of(chosen.backend, chosen.name, user)
    if not usage.count:
        return f"No conversation uses {chosen.name}.\n"
    lines = [f"{usage.count} conversation{'s' if usage.count > 1 else ''} would need another model:"]
    lines += [f"  {title}" for _pk, title in usage.titles]
    more = usage.own - len(usage.titles)
    lines += [f"  and {more} more of {user.username}"] if more > 0 else []
    lines += [f"  {usage.others} of other people"] if usage.others else []
    return visible("\n".join(lines)) + "\n"


def _text_of(value: str) -> str:
    """The text itself, or with `@` the file that holds it."""
    if not value.startswith("@"):
        return value
    path = Path(value[1:]).expanduser()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CommandError(f"{path}: {reason}.", returncode=USAGE) from error


def _list_row(one: Shelf, row: Row) -> list[str]:
    model, running = row.model, row.running
    return [
        model.name,
        one.label,
        size(model.size),
        model.parameter_size,
        model.quantization,
        str(model.context_length or ""),
        " ".join(sorted(model.capabilities or ())),
        ago(model.modified_at),
        running.processor or "yes" if running else "",
    ]


def _listed_rows(one: Shelf) -> list[list[str]]:
    return [
        [info.name, one.label, size(info.size), "", "", "", " ".join(sorted(info.capabilities or ())), "", ""]
        for info in engine.registry.found(one.backend)
    ]


def _loaded_row(one: Shelf, row: Row) -> list[str]:
    running = row.running
    assert running is not None
    until = ago(running.expires_at) if running.expires_at else "Forever"
    context = str(running.context_length or "")
    return [running.name, one.label, running.digest[:12], size(running.size), running.processor, context, until]


def _tell_trouble(shelves: list[Shelf]) -> None:
    """Servers that did not answer; when none did, that is a failure."""
    trouble = [one for one in shelves if one.code and one.code != "library_unsupported"]
    for one in trouble:
        print(visible(f"{one.label}: {fault(one.code).text} {one.detail}"), file=sys.stderr)
    if trouble and len(trouble) == len([one for one in shelves if one.code != "library_unsupported"]):
        raise BackendError(trouble[0].code)
