"""What the templates need beyond Django's own: icons, moments and JSON in attributes, words for faults and keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import pgettext_lazy

from conversations.faults import fault
from conversations.models import Attachment, Message
from conversations.rendering import render
from conversations.uploads.showing import about

register = template.Library()

_KEYS: dict[str, str | Promise] = {
    "mod": pgettext_lazy("key", "Ctrl"),
    "shift": pgettext_lazy("key", "Shift"),
    "enter": pgettext_lazy("key", "Enter"),
    "escape": pgettext_lazy("key", "Esc"),
    "up": "↑",
}


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """The drawing `name` of the sprite. Its button carries the name for screen readers."""
    address = static("icons/icons.svg")
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" {extra}" if extra else "",
        address,
        name,
    )


@register.filter
def iso(moment: datetime | None) -> str:
    """A moment for `<time datetime>` and data attributes."""
    return moment.isoformat() if moment else ""


_SHOWN = {"moment": "DATETIME_FORMAT", "date": "DATE_FORMAT", "time": "TIME_FORMAT"}


@register.filter
def moment(at: datetime, shows: str = "moment") -> SafeString:
    """A moment, a `date` or a `time` in the site's time zone; static/js/review/moments.js puts it into the reader's."""
    here = localtime(at)
    words = date_format(here, _SHOWN[shows]) + (f" {here.tzname()}" if shows == "time" else "")
    return format_html('<time datetime="{}" data-shows="{}">{}</time>', at.isoformat(), shows, words)


@register.filter
def as_json(value: object) -> str:
    """`value` for a data attribute; escaping is the template's."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML."""
    return mark_safe(render(text)) if text else SafeString("")  # noqa: S308 - the renderer escapes all HTML


@register.filter
def fault_text(code: str) -> str:
    """The plain words for a fault, with the advice."""
    known = fault(code)
    return f"{known.text} {known.advice}" if code else ""


@register.simple_tag
def upload_bytes() -> str:
    """How large a file may be."""
    return str(settings.UPLOAD_BYTES)


@register.filter
def about_file(file: Attachment | str) -> str:
    """What is known of a file: pages, tokens, size, and what of it is used. Of a template's blank one: nothing."""
    return about(file) if isinstance(file, Attachment) else ""


@register.filter
def place_among(message: Message, siblings: Sequence[int]) -> str:
    """Which version of how many: 2/3; empty for a message that is not stored yet."""
    return f"{siblings.index(message.pk) + 1}/{len(siblings)}" if message.pk else ""


@register.filter
def keys(names: str) -> str:
    """A shortcut as on most keyboards; the page's script rewrites it for others."""
    return " ".join(str(_KEYS.get(name, name.upper())) for name in names.split())
