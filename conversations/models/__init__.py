"""The nouns: one a file, its QuerySet beside it."""

from conversations.models.attachment import Attachment
from conversations.models.backend import Backend, Kind, ModelDefaults
from conversations.models.conversation import Conversation
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.models.message import Message, Role, State
from conversations.models.site import SignUp, SiteSettings
from conversations.models.token import ApiToken
from conversations.models.tool_server import ToolServer
from conversations.models.user import User

__all__ = [
    "ApiToken",
    "Attachment",
    "Backend",
    "Conversation",
    "JobKind",
    "JobState",
    "Kind",
    "LibraryJob",
    "Message",
    "ModelDefaults",
    "Role",
    "SignUp",
    "SiteSettings",
    "State",
    "ToolServer",
    "User",
]
