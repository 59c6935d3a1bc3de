"""Words of the REST API's page."""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def breakable(path: str) -> SafeString:
    """An address that may be broken behind its slashes."""
    return mark_safe(conditional_escape(path).replace("/", "/<wbr>"))  # noqa: S308 - escaped before
