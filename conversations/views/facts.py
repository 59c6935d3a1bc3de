"""The figures and the provenance of a reply, put into words for the details dialog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from conversations.models import Message, Role
from conversations.sampling import written

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of name and value under a title."""

    title: str
    rows: list[Row]


def facts_of(message: Message) -> list[Section]:
    """What is known about how `message` came about; what is not known is left out."""
    sections = [
        Section(_("Reply"), list(_reply(message))),
        Section(_("Tokens and time"), list(_figures(message.metrics))),
        Section(_("What was sent"), list(_sent(message.provenance))),
    ]
    return [section for section in sections if section.rows]


def can_repeat(message: Message) -> bool:
    """Whether all is known that it takes to ask for it again exactly."""
    return message.role == Role.ASSISTANT and not message.is_running and "fingerprint" in message.provenance


def repetition(message: Message) -> str:
    """How a reply that repeats another compares to it; empty for any other."""
    compared = message.metrics.get("repeats")
    if compared is None:
        return _("This reply repeats another one exactly.") if "repeats" in message.provenance else ""
    if compared.get("differs_at") is None:
        return _("This reply repeats another one exactly: same text.")
    place = number_format(compared["differs_at"] + 1, use_l10n=True, force_grouping=True)
    return _("This reply repeats another one exactly: its text differs from character %(place)s on.") % {"place": place}


def _reply(message: Message) -> Iterator[Row]:
    if message.model_name:
        yield _("Model"), message.model_name
        yield _("Backend"), message.backend_name
    if digest := message.provenance.get("digest"):
        yield _("Digest"), str(digest)[:19]
    yield _("State"), message.get_state_display()
    if message.reason:
        yield _("Finish reason"), message.reason
    yield _("Asked"), _moment(message.created_at)
    if message.finished_at:
        yield _("Finished"), _moment(message.finished_at)


def _figures(metrics: Mapping[str, Any]) -> Iterator[Row]:
    counts = {"prompt_tokens": _("Prompt tokens"), "reply_tokens": _("Reply tokens")}
    for name, label in counts.items():
        if name in metrics:
            yield label, number_format(metrics[name], use_l10n=True, force_grouping=True)
    if "tokens_per_second" in metrics:
        yield _("Speed"), _("%(speed)s tokens/s") % {"speed": number_format(metrics["tokens_per_second"], 1)}
    if "runs" in metrics:
        yield _("Written in"), _("%(count)s runs; the figures are of all together") % {"count": metrics["runs"]}
    times = {
        "first_ms": _("First token after"),
        "thinking_ms": _("Thinking"),
        "load_ms": _("Loading the model"),
        "prompt_ms": _("Reading the prompt"),
        "reply_ms": _("Writing"),
        "total_ms": _("Total"),
    }
    for name, label in times.items():
        if name in metrics:
            yield label, _("%(seconds)s s") % {"seconds": number_format(metrics[name] / 1000, 3)}


def _sent(provenance: Mapping[str, Any]) -> Iterator[Row]:
    if "messages" in provenance:
        yield _("Messages"), str(provenance["messages"])
    if prompt := provenance.get("system_prompt"):
        yield _("System prompt"), str(prompt)
    if think := provenance.get("think"):
        yield _("Thinking"), _("on") if think is True else str(think)
    if keep := provenance.get("keep_alive"):
        yield _("Keep loaded"), str(keep)
    if wanted := provenance.get("format"):
        yield _("Answer format"), _("JSON") if wanted == "json" else _("JSON after a schema")
    options = provenance.get("options") or {}
    for name, value in options.items():
        yield str(name), written(value)
    if provenance.get("seed") is not None and options.get("seed") != provenance["seed"]:
        yield _("Seed"), _("%(seed)s (drawn for this reply)") % {"seed": provenance["seed"]}


def _moment(moment: datetime) -> str:
    words = date_format(localtime(moment), "DATETIME_FORMAT", use_l10n=True)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words)
