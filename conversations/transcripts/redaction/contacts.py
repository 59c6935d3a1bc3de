"""Finds mail addresses and telephone numbers by their shapes, and leaves dates, versions, addresses and ids alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conversations.transcripts.redaction.findings import Found

# Each repetition has an end, so that no text costs more than its length.
_MAIL = re.compile(r"(?<!\w)\w[\w.%+'-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_BEFORE = r"(?<![\w.,+#@/_-])(?<!\d[:=])"
_BEHIND = r"(?![\w@]|[-./,:]\w|[-./]\()"
_GAP = r"(?:[ \u00a0\u202f]|[-./]|\u2010|\u2011| ?[-/] ?)"
_INTERNATIONAL = rf"(?:\+|00){_GAP}?[1-9]\d{{0,3}}(?:{_GAP}?\(0\))?(?:{_GAP}?(?:\(\d{{1,8}}\)|\d{{1,8}})){{1,6}}"
_NATIONAL = rf"(?:\(0[1-9]\d{{0,5}}\)|0[1-9]\d{{0,14}})(?:{_GAP}?\d{{1,8}}){{0,6}}"
_AMERICAN = r"(?:\([2-9]\d\d\) ?|[2-9]\d\d(?P<gap>[-. ]))[2-9]\d\d(?(gap)(?P=gap)|[-. ])\d{4}"
_PHONE = re.compile(
    rf"(?=[+(\d])(?:(?<![\w+.,/#-])(?P<international>{_INTERNATIONAL})|{_BEFORE}(?:(?P<american>{_AMERICAN})|(?P<national>{_NATIONAL})))"
    rf"{_BEHIND}"
)
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])([./ -])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?!\d)")
_SHORT_DATE = re.compile(r"(?:0[1-9]|[12]\d|3[01])([./-])(?:0[1-9]|1[0-2])\1\d\d(?!\d)")
_PAIRS = re.compile(r"0\d(?:([ .-]?)\d\d)(?:\1\d\d){3}")
_COUNTING = "01234567890123456789"


class Mails:
    """Addresses as they are written in mail; upper and lower case are the same."""

    def find(self, text: str) -> Iterator[Found]:
        """Each one."""
        if "@" in text:
            yield from (Found(*each.span(), "MAIL", each[0].lower()) for each in _MAIL.finditer(text))


class Phones:
    """Numbers with a country's code, with a leading zero, or as North America writes them.

    The same digits are the same number; whether 0171… is +49171… nobody can tell.
    """

    def find(self, text: str) -> Iterator[Found]:
        """Each one."""
        for each in _PHONE.finditer(text):
            digits = "".join(sign for sign in each[0].replace("(0)", "") if sign.isdigit())
            if each["international"]:
                is_number = 8 <= len(digits) - 2 * each[0].startswith("00") <= 15
                digits = "+" + (digits[2:] if each[0].startswith("00") else digits)
            else:
                is_number = bool(each["american"]) or _is_national(each[0], digits)
            if is_number:
                yield Found(*each.span(), "PHONE", digits)


def _is_national(text: str, digits: str) -> bool:
    if not 9 <= len(digits) <= 12 or text in _COUNTING or not set(digits) - set("01"):
        return False
    if _PAIRS.fullmatch(text):
        return True
    return not (_DATE.search(text) or _SHORT_DATE.match(text))
