"""How many replies one person may have running and waiting at a time."""

from __future__ import annotations

from uuid import UUID

from conversations.generation.runner import Runner
from conversations.live.broadcasts import hub
from conversations.models import Message, SiteSettings, User
from conversations.models.conversation import Refused
from conversations.models.message import AND_RUNNING
from conversations.models.statements import select


def check_share(runner: Runner, user: User, client_id: UUID | None, conversation: UUID) -> None:
    """Refuse whoever has too many replies running in other conversations: what runs in this one ends with the new one.

    A command that is only repeated is none more.

    Where there are several processes, the database knows the replies of the others.
    """
    waiting = runner.waiting_of(user.pk, conversation)
    if hub.is_distributed:
        running = select(Message, ["conversation_id"], AND_RUNNING, sender=user.pk)
        waiting = max(waiting, sum(found != conversation for (found,) in running))
    is_over = waiting > 0 and waiting >= SiteSettings.load().replies_per_user
    if is_over and (client_id is None or not Message.objects.filter(sender=user, client_id=client_id).exists()):
        raise Refused("too_many_replies")
