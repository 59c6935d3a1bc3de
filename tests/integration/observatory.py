"""The rules of Mozilla's HTTP Observatory (developer.mozilla.org/observatory, scoring as of 2026), for one answer.

100 to begin with; what is wrong takes points; what is better than needed gives some, counted from 90 points on.
"""

from __future__ import annotations

import re

import httpx

A_PLUS = 100
BONUS_FROM = 90
SIX_MONTHS = 15_768_000
_BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*"}
_INLINE = {"'unsafe-inline'", "data:"}
_PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
_FRAMES = {"deny", "sameorigin"}


def score(answer: httpx.Response) -> int:
    """The points of an answer that came over HTTPS."""
    points = [
        _content_policy(answer),
        _cookies(answer),
        _sharing(answer),
        5 if answer.headers.get("referrer-policy", "") in _PRIVATE else -5,
        _transport(answer),
        _scripts(answer),
        0 if answer.headers.get("x-content-type-options") == "nosniff" else -5,
        _framing(answer),
        10 if answer.headers.get("cross-origin-resource-policy") in ("same-origin", "same-site") else 0,
    ]
    without_bonus = 100 + sum(point for point in points if point < 0)
    bonus = sum(point for point in points if point > 0)
    return without_bonus + bonus if without_bonus >= BONUS_FROM else without_bonus


def policy(answer: httpx.Response) -> dict[str, set[str]]:
    """The Content-Security-Policy by directive."""
    parts = [part.split() for part in answer.headers.get("content-security-policy", "").split(";") if part.strip()]
    return {part[0]: set(part[1:]) for part in parts}


def _content_policy(answer: httpx.Response) -> int:
    found = policy(answer)
    default = found.get("default-src", {"*"})
    script, style, objects = (found.get(name, default) for name in ("script-src", "style-src", "object-src"))
    if not found:
        return -25
    if script & (_BROAD | _INLINE) or objects & _BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for sources in found.values() for source in sources):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if style & (_BROAD | _INLINE):
        return 0
    return 10 if default == {"'none'"} else 5


def _cookies(answer: httpx.Response) -> int:
    worst = 5 if answer.headers.get_list("set-cookie") else 0
    for line in answer.headers.get_list("set-cookie"):
        name, flags = line.split("=", 1)[0].lower(), line.lower()
        has_site = re.search(r"samesite=(lax|strict)", flags)
        if "sess" in name and "httponly" not in flags:
            worst = min(worst, -30)
        if "secure" not in flags:
            worst = min(worst, -40 if "sess" in name else -20)
        if not has_site:
            worst = min(worst, -20 if "csrf" in name else 0)
    return worst


def _sharing(answer: httpx.Response) -> int:
    return -50 if "access-control-allow-origin" in answer.headers else 0


def _transport(answer: httpx.Response) -> int:
    age = re.search(r"max-age=(\d+)", answer.headers.get("strict-transport-security", ""))
    if age is None:
        return -20
    return 0 if int(age[1]) >= SIX_MONTHS else -10


def _scripts(answer: httpx.Response) -> int:
    foreign = re.findall(r'<script[^>]+src="(?:https?:)?//', answer.text) if "html" in _kind(answer) else []
    return -50 if foreign else 0


def _framing(answer: httpx.Response) -> int:
    ancestors = policy(answer).get("frame-ancestors", {"*"})
    if not ancestors & _BROAD:
        return 5
    return 0 if answer.headers.get("x-frame-options", "").lower() in _FRAMES else -20


def _kind(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", ""))
