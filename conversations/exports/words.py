"""Why something is not exported, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from conversations.models.review.access_record import REASON_LIMIT

_WORDS = {
    "not_allowed": _("Your account may export your own conversations only."),
    "switched_off": _("Reading other people’s conversations is switched off on this site."),
    "reason_missing": _("Say why you export other people’s conversations: they are told."),
    "reason_too_long": _("The reason is too long. The limit is %(limit)s characters."),
    "signed_out": _("You are signed out."),
    "bad_patterns": _("The site’s own patterns are not taken: an administrator must mend them."),
    "patterns_slow": _("The site’s own patterns take too long: an administrator must make them narrower."),
    "key_not_allowed": _("The key names people: your account needs the right to see who is behind a pseudonym."),
    "too_many": _("You have an export that is not done yet, or as many as are kept."),
    "interrupted": _("The site was restarted meanwhile."),
    "disk": _("The file could not be written on the server."),
}

REDACTIONS = (
    ("", _("as they are named")),
    ("all", _("redacted: names, mail addresses, telephone numbers, own patterns")),
    ("names", _("redacted: names only")),
)
"""What may be done about people in an export, as forms offer it."""


def refusal(code: str) -> str:
    """The words for a code of `ExportRefused`, or of a job that failed."""
    return str(_WORDS.get(code) or _WORDS["not_allowed"]) % {"limit": REASON_LIMIT}
