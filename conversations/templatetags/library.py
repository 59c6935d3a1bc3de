"""Numbers of the library as people read them: bytes, times, lengths, and what a model can do."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.faults import library_fault
from conversations.library.listing import JobView
from conversations.models.library_job import JobState

register = template.Library()

_UNITS = ("B", "kB", "MB", "GB", "TB")
_CAPABILITIES: dict[str, str | Promise] = {
    "completion": gettext_lazy("Chat"),
    "tools": gettext_lazy("Tools"),
    "vision": gettext_lazy("Images"),
    "thinking": gettext_lazy("Thinking"),
    "embedding": gettext_lazy("Embedding"),
    "insert": gettext_lazy("Fill-in"),
    "audio": gettext_lazy("Audio"),
    "image": gettext_lazy("Drawing"),
}
# By how a server's words begin; what is not here is shown as it came.
_STATUSES: tuple[tuple[str, str | Promise], ...] = (
    ("pulling manifest", gettext_lazy("Asking the registry")),
    ("pulling ", gettext_lazy("Downloading")),
    ("retrieving manifest", gettext_lazy("Reading what is here")),
    ("pushing manifest", gettext_lazy("Finishing")),
    ("pushing ", gettext_lazy("Uploading")),
    ("verifying", gettext_lazy("Checking what arrived")),
    ("writing manifest", gettext_lazy("Finishing")),
    ("removing unused", gettext_lazy("Tidying up")),
    ("success", gettext_lazy("Finishing")),
    ("using existing layer", gettext_lazy("Putting together")),
    ("creating new layer", gettext_lazy("Putting together")),
    ("quantizing", gettext_lazy("Quantising")),
    ("converting", gettext_lazy("Converting")),
    ("loading", gettext_lazy("Loading into memory")),
)


@register.filter
def size(count: float | None) -> str:
    """Bytes in decimal units, as disks and Ollama count: 2.0 GB; nothing for what is unknown."""
    if count is None:
        return ""
    number, unit = float(count), 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    places = 0 if number >= 99.95 or unit < 2 else 1
    return f"{number_format(round(number, places), places)} {_UNITS[unit]}"  # which would cut off, not round


@register.filter
def duration(seconds: int | None) -> str:
    """Seconds as the two largest units: 45 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("%(s)s s") % {"s": seconds}
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return _("%(h)s h %(min)s min") % {"h": hours, "min": minutes % 60}
    return _("%(min)s min %(s)s s") % {"min": minutes, "s": seconds % 60}


@register.filter
def until(moment: datetime | None) -> str:
    """How long from now, in minutes and hours."""
    if moment is None:
        return ""
    return duration(max(0, round((moment - timezone.now()).total_seconds() / 60) * 60))


@register.filter
def tokens(count: int | None) -> str:
    """A context length in short: 131072 is 128K."""
    if count is None:
        return ""
    return f"{count // 1024}K" if count >= 1024 and count % 1024 == 0 else number_format(count, force_grouping=True)


@register.filter
def capabilities(found: frozenset[str] | None) -> list[str]:
    """What a model can do, in words and in a fixed order; others as they are called."""
    names = found or frozenset()
    known = [str(word) for name, word in _CAPABILITIES.items() if name in names]
    return known + sorted(names - _CAPABILITIES.keys())


@register.filter
def status(job: JobView) -> str:
    """What a job is doing, or how it ended."""
    if job.state != JobState.RUNNING:
        return str(job.state.label)
    if not job.status:
        return _("Asking the model server")
    return next((str(words) for start, words in _STATUSES if job.status.startswith(start)), job.status)


@register.filter
def library_text(code: str) -> str:
    """The plain words for a fault of the library, with the advice."""
    words = library_fault(code)
    return f"{words.text} {words.advice}" if code else ""
