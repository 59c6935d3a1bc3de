"""What leaves the site in bulk: packages made in the background, and the log of changes that programs follow."""

from conversations.models.exports.change import Change
from conversations.models.exports.job import ExportJob, ExportState
from conversations.models.exports.redaction_key import RedactionKey

__all__ = ["Change", "ExportJob", "ExportState", "RedactionKey"]
