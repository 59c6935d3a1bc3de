"""How long things are kept: what holds them, what lets them go, and what is written down when they have gone."""

from conversations.models.keeping.hold import Hold
from conversations.models.keeping.report import PurgeReport, Rule
from conversations.models.keeping.retention import Retention

__all__ = ["Hold", "PurgeReport", "Retention", "Rule"]
