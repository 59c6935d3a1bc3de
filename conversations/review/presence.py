"""Where in the review a tab is, and that the others there see it: "Rita is reading, too".

Nothing is stored. A tab says that it came, says so again while it stays, and says that it left; pages forget those
that fall silent. So it works across processes, and none that dies leaves a ghost.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal

from conversations.live.broadcasts import Subscriber, hub, project_topic
from conversations.live.protocol.commands import Watch
from conversations.live.protocol.events import ReviewerSeen
from conversations.models import User
from conversations.models.conversation import Refused
from conversations.review.watching import admit
from conversations.tasks import read


class Place:
    """The page of a review project that one tab shows, or none."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._tab = secrets.token_hex(6)
        self._seen: ReviewerSeen | None = None

    async def watch(self, who: Callable[[], User], command: Watch) -> None:
        """Be at what the command names. The right to it is asked for each time. Raises Refused."""
        if command.project is None:
            await self.leave()
            return
        try:
            user, name = await read(_admitted, who, command.project)
        except Refused:
            await self.leave()
            raise
        before = self._seen
        if before is not None and before.project != command.project:
            await self.leave()
        is_here = before is not None and (before.project, before.case) == (command.project, command.case)
        how: Literal["stays", "came"] = "stays" if is_here else "came"
        self._seen = ReviewerSeen(
            project=command.project, case=command.case, tab=self._tab, user=user, name=name, how=how
        )
        await hub.subscribe(project_topic(command.project), self._subscriber)
        await hub.publish(project_topic(command.project), self._seen)

    async def leave(self) -> None:
        """Be nowhere, and tell the others."""
        seen, self._seen = self._seen, None
        if seen is not None:
            await hub.unsubscribe(project_topic(seen.project), self._subscriber)
            await hub.publish(project_topic(seen.project), seen.model_copy(update={"how": "left"}))


def _admitted(who: Callable[[], User], project: int) -> tuple[int, str]:
    user = who()
    return user.pk, admit(user, project)
