"""Django's view of the application, and of its admin."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    """The application."""

    name = "conversations"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        """Connect the signals; they need the models, which are loaded only now."""
        import_string("conversations.signals.connect")()


class AdminConfig(DjangoAdminConfig):
    """The admin, signed in to through the site's own page."""

    default_site = "conversations.administration.Site"
