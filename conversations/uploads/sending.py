"""Which files go with a question, and whether they may."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from conversations.backends.base import ModelInfo
from conversations.models import Attachment, Message
from conversations.models.attachment import NO_FILES, Files, Kind
from conversations.models.conversation import Refused


def files_of(ids: Sequence[UUID] | None, replaced: Message | None = None) -> Files:
    """The files named by `ids`; None names all of the message that is `replaced`. Raises Refused (`too_many_files`,
    `attachment_gone`)."""
    old = list(replaced.attachments.all()) if replaced is not None and replaced.attached else []
    if ids is None:
        return Files(kept=old) if old else NO_FILES
    if len(ids) > settings.UPLOADS_PER_MESSAGE:
        raise Refused("too_many_files", "attachments")
    if len(set(ids)) < len(ids):
        raise Refused("attachment_gone", "attachments")
    known = {each.pk: each for each in old}
    return Files([pk for pk in ids if pk not in known], [known[pk] for pk in ids if pk in known])


def check_sight(files: Files, model: ModelInfo | None) -> None:
    """Raises Refused (`model_cannot_see`) for images to a model that is known to be blind; most are not known."""
    if not files or model is None or model.capabilities is None or model.can("vision"):
        return
    added = Attachment.objects.filter(pk__in=files.added, kind=Kind.IMAGE)
    if any(each.kind == Kind.IMAGE for each in files.kept) or added.exists():
        raise Refused("model_cannot_see", "attachments")
