"""The nouns: one a file, its QuerySet beside it."""

from conversations.models.attachment import Attachment
from conversations.models.backend import Backend, Kind, ModelDefaults
from conversations.models.conversation import Conversation
from conversations.models.exports import Change, ExportJob, ExportState, RedactionKey
from conversations.models.keeping import Hold, PurgeReport, Retention, Rule
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.models.message import Message, Role, State
from conversations.models.quota import Quota, Usage
from conversations.models.review import (
    AccessKind,
    AccessRecord,
    Assessment,
    Case,
    Criterion,
    Label,
    LabelUse,
    Note,
    Project,
    Rating,
    RatingReason,
    SavedFilter,
    Status,
)
from conversations.models.share import Share
from conversations.models.site import Sharing, SignUp, SiteSettings
from conversations.models.token import ApiToken
from conversations.models.tool_server import ToolServer
from conversations.models.user import User

__all__ = [
    "AccessKind",
    "AccessRecord",
    "ApiToken",
    "Assessment",
    "Attachment",
    "Backend",
    "Case",
    "Change",
    "Conversation",
    "Criterion",
    "ExportJob",
    "ExportState",
    "Hold",
    "JobKind",
    "JobState",
    "Kind",
    "Label",
    "LabelUse",
    "LibraryJob",
    "Message",
    "ModelDefaults",
    "Note",
    "Project",
    "PurgeReport",
    "Quota",
    "Rating",
    "RatingReason",
    "RedactionKey",
    "Retention",
    "Role",
    "Rule",
    "SavedFilter",
    "Share",
    "Sharing",
    "SignUp",
    "SiteSettings",
    "State",
    "Status",
    "ToolServer",
    "Usage",
    "User",
]
