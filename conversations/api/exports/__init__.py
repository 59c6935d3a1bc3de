"""Many conversations at once, for programs: as a stream, made in the background, and what has changed."""

from conversations.api.exports import changes, jobs, streams
from conversations.api.exports.refusals import answer_refusals_of

routers = (streams.router, changes.router, jobs.router)

__all__ = ["answer_refusals_of", "routers"]
