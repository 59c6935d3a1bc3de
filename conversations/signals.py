"""What follows from a change: open sockets are rechecked, administrators see who waits, servers are read anew."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connections, transaction
from django.db.models import ProtectedError
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_delete

from conversations.generation.fairness import quotas
from conversations.generation.servers.following import SIGNAL
from conversations.keeping import rules
from conversations.keeping.holds import holds_on, holds_on_person
from conversations.live.broadcasts import hub, user_topic
from conversations.live.protocol.events import Approvals
from conversations.models import (
    Attachment,
    Backend,
    Conversation,
    Hold,
    ModelDefaults,
    Quota,
    Retention,
    SiteSettings,
    User,
)
from conversations.models.exports import triggers
from conversations.signin import record
from conversations.uploads.cleaning import deleted as attachment_deleted

_HARMLESS = {"last_login", "first_name", "last_name", "email"}


def connect() -> None:
    """Listen; called once, when the application is ready."""
    record.connect()
    post_save.connect(_user_saved, sender=User, dispatch_uid="user_saved")
    post_delete.connect(_user_deleted, sender=User, dispatch_uid="user_deleted")
    pre_delete.connect(_user_leaves, sender=User, dispatch_uid="user_leaves")
    pre_delete.connect(_conversation_leaves, sender=Conversation, dispatch_uid="conversation_leaves")
    post_delete.connect(attachment_deleted, sender=Attachment, dispatch_uid="attachment_deleted")
    post_save.connect(_settings_saved, sender=SiteSettings, dispatch_uid="settings_saved")
    post_delete.connect(_session_deleted, sender=Session, dispatch_uid="session_deleted")
    for model in (Backend, ModelDefaults):
        for signal in (post_save, post_delete):
            signal.connect(_servers_changed, sender=model, dispatch_uid="servers_changed")
    for changed in (post_save, post_delete):
        changed.connect(_limits_changed, sender=Quota, dispatch_uid="limits_changed")
    for kind in (Hold, Retention):
        for signal in (post_save, post_delete):
            signal.connect(_rules_changed, sender=kind, dispatch_uid="rules_changed")
    m2m_changed.connect(_rules_changed, sender=User.groups.through, dispatch_uid="rules_changed")
    m2m_changed.connect(_limits_changed, sender=User.groups.through, dispatch_uid="limits_changed")
    post_migrate.connect(migrated, sender=apps.get_app_config("conversations"), dispatch_uid="migrated")


def _user_saved(instance: User, created: bool, update_fields: frozenset[str] | None, **rest: Any) -> None:
    """A new password, a switched-off account, a right that was taken away: the tabs find out for themselves."""
    if update_fields is not None and update_fields <= _HARMLESS:
        return
    if not created:
        transaction.on_commit(partial(hub.revoke_soon, instance.pk))
    transaction.on_commit(_announce_waiting)


def _user_deleted(instance: User, **rest: Any) -> None:
    transaction.on_commit(partial(hub.revoke_soon, instance.pk))
    transaction.on_commit(_announce_waiting)


def _user_leaves(instance: User, **rest: Any) -> None:
    """An account takes its conversations along: not while it is held. Raises ProtectedError."""
    if holds := holds_on_person(instance.pk):
        raise ProtectedError("held", set(holds))


def _conversation_leaves(instance: Conversation, **rest: Any) -> None:
    """Whoever deletes it. One that was marked before the hold is half gone already. Raises ProtectedError."""
    if instance.purged_at is None and (holds := holds_on(instance.pk)):
        raise ProtectedError("held", set(holds))


def _session_deleted(instance: Session, **rest: Any) -> None:
    """Sign-out, here or from another session's list. `user_logged_out` would be too early: the row is still there."""
    user = instance.get_decoded().get(SESSION_KEY)
    if user is not None:
        transaction.on_commit(partial(hub.revoke_soon, int(user)))


def _settings_saved(created: bool, **rest: Any) -> None:
    if not created:
        _rules_changed()


def _rules_changed(**rest: Any) -> None:
    """Open tabs say who may read their conversation, and how long it is kept."""
    transaction.on_commit(partial(hub.call_soon, rules.SIGNAL))


def _servers_changed(using: str, **rest: Any) -> None:
    """A server was set up otherwise: every process reads the rows again."""
    transaction.on_commit(partial(hub.call_soon, SIGNAL), using=using)


def _limits_changed(**rest: Any) -> None:
    """Every process asks for them anew; this one also if the transaction fails, which does no harm."""
    quotas.known.forget()
    transaction.on_commit(quotas.known.forget)
    transaction.on_commit(partial(hub.call_soon, quotas.SIGNAL))


def migrated(sender: AppConfig, using: str, **rest: Any) -> None:
    """The servers that the environment names are there from the beginning, and the triggers that log changes."""
    if Backend._meta.db_table in connections[using].introspection.table_names():
        Backend.objects.using(using).follow_environment()
        if not triggers.are_there(connections[using]) and triggers.fit(connections[using]):
            triggers.install(connections[using])


def _announce_waiting() -> None:
    event = Approvals(waiting=User.objects.waiting().count())
    for pk in User.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True):
        hub.publish_soon(user_topic(pk), event)
