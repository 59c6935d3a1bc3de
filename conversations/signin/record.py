"""What happens at the doors, in the log: who by number, by which means, from where. Never a name that was typed."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as factor_signals
from django.contrib.auth import signals as django_signals
from django.dispatch import Signal
from django.http import HttpRequest

log = logging.getLogger("chatsite.accounts")
guards = logging.getLogger("chatsite.guards")

EVENTS: tuple[tuple[Signal, str, int], ...] = (
    (django_signals.user_logged_in, "signed in", logging.INFO),
    (django_signals.user_logged_out, "signed out", logging.INFO),
    (django_signals.user_login_failed, "a sign-in failed", logging.WARNING),
    (factor_signals.authentication_failed, "a code was wrong", logging.WARNING),
    (factor_signals.authenticator_added, "a factor was added", logging.INFO),
    (factor_signals.authenticator_removed, "a factor was removed", logging.INFO),
    (factor_signals.authenticator_reset, "the recovery codes were made anew", logging.INFO),
    (account_signals.password_changed, "the password was changed", logging.INFO),
    (account_signals.password_reset, "the password was reset", logging.INFO),
)


def connect() -> None:
    """Listen; called once, when the application is ready."""
    for signal, words, level in EVENTS:
        signal.connect(partial(_note, words, level), weak=False, dispatch_uid=f"record: {words}")


def ward(words: str, address: str = "", user: int | None = None) -> None:
    """A guard held: something was refused that no page of the site's does by itself. Never what was said."""
    known = {name: value for name, value in {"user": user, "address": address}.items() if value}
    told_in_words = ", ".join(f"{name} {value}" for name, value in known.items())
    guards.warning("%s (%s)", words, told_in_words, extra={"facts": known})


def ward_request(words: str, request: HttpRequest) -> None:
    """The same of a request."""
    address = get_adapter(request).get_client_ip(request) if "REMOTE_ADDR" in request.META else ""
    ward(words, address or "", getattr(getattr(request, "user", None), "pk", None))


def _note(words: str, level: int, request: HttpRequest | None = None, **told: Any) -> None:
    facts: dict[str, Any] = {"user": getattr(told.get("user"), "pk", None)}
    factor = told.get("authenticator")
    if factor is not None:
        facts["factor"] = factor.type
    if request is not None and "REMOTE_ADDR" in request.META:
        facts["address"] = get_adapter(request).get_client_ip(request)
        if words == "signed in":
            facts["means"] = [means["method"] for means in request.session.get("account_authentication_methods", [])]
    known = {name: value for name, value in facts.items() if value}
    told_in_words = ", ".join(f"{name} {value}" for name, value in known.items())
    log.log(level, "%s (%s)", words, told_in_words, extra={"facts": known})
