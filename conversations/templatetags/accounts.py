"""Words for the pages of accounts."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# Chrome calls itself Safari, Edge calls itself Chrome: the first that is found is right.
_BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@register.filter
def device(user_agent: str) -> str:
    """What a session's browser says it is, in words for people: Firefox on Linux."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), _("Unknown browser"))
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
