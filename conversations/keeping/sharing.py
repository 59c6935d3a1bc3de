"""The link that shows a conversation to others: found, made, brought up to date and stopped, told in the log."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from conversations.models import Conversation, Share, User

log = logging.getLogger("chatsite.sharing")


def link_of(conversation: Conversation) -> Share | None:
    """The one that works."""
    return Share.objects.active().filter(conversation=conversation).select_related("conversation", "leaf").first()


def make(conversation: Conversation, user: User, days: int | None = None) -> Share:
    """A link, for so many days or until it is stopped; the one that there is. Raises Refused as `Share.take` does."""
    made = Share.objects.make(conversation, timezone.now() + timedelta(days=days) if days else None)
    _note("a link was made", made, user)
    return made


def renew(share: Share, user: User) -> None:
    """Have it show the conversation as it is now. Raises Refused as `Share.take` does."""
    share.renew()
    _note("a link was updated", share, user)


def stop(share: Share, user: User) -> None:
    """Nobody reads by it any more."""
    if share.stop(user.get_username()):
        _note("a link was stopped", share, user)


def resume(share: Share, user: User) -> bool:
    """Undo `stop`, where that can be done."""
    is_back = share.resume(user.get_username())
    if is_back:
        _note("a link works again", share, user)
    return is_back


def bar(share: Share, user: User) -> bool:
    """Stop it for staff, and with it any other of the conversation. False when it was stopped before."""
    is_stopped = share.stop(user.get_username(), is_barred=True)
    if is_stopped:
        _note("staff stopped a link", share, user)
    return is_stopped


def allow(conversation: Conversation, user: User) -> bool:
    """Let its owner make links again. False when nobody has barred them."""
    barred = Share.objects.barred(conversation).first()
    if barred is None or not Share.objects.barred(conversation).update(is_barred=False):
        return False
    _note("staff allow links again", barred, user)
    return True


def _note(words: str, share: Share, user: User) -> None:
    """Write it into the log, by numbers."""
    facts = {"user": user.pk, "share": share.pk}
    log.info("%s (user %s, share %s)", words, user.pk, share.pk, extra={"facts": facts})
