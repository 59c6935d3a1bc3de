"""What staff write about conversations, what people say of replies, and who read what."""

from conversations.models.review.access_record import AccessKind, AccessRecord
from conversations.models.review.case import Case, Note, Status
from conversations.models.review.filter import SavedFilter
from conversations.models.review.label import Label, LabelUse
from conversations.models.review.project import Assessment, Criterion, Project
from conversations.models.review.rating import Rating, RatingReason

__all__ = [
    "AccessKind",
    "AccessRecord",
    "Assessment",
    "Case",
    "Criterion",
    "Label",
    "LabelUse",
    "Note",
    "Project",
    "Rating",
    "RatingReason",
    "SavedFilter",
    "Status",
]
