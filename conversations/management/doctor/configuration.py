"""What the settings say, beside the address that people use; and the mail server."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.http.request import validate_host

from conversations.management.doctor.findings import Finding, fault, note, well

_SHORTEST_KEY = 50
_SHORTEST_TOKEN = 16
_MAIL_SECONDS = 15


def of_settings(url: str) -> Iterator[Finding]:
    """SECRET_KEY, ALLOWED_HOSTS, DEBUG. (Whether forms are taken is asked of the site itself: `address`.)"""
    found = list(_faults(urlsplit(url).hostname or ""))
    yield from found or [well("settings", "SECRET_KEY, ALLOWED_HOSTS and DEBUG are as they should be.")]


def _faults(host: str) -> Iterator[Finding]:
    key = settings.SECRET_KEY
    if len(key) < _SHORTEST_KEY or len(set(key)) < 5 or key.startswith("django-insecure-"):
        change = "Leave SECRET_KEY out: one is made and kept. (Stored keys of model servers are to be entered again.)"
        yield fault("settings", "SECRET_KEY is short or a default: sessions can be forged.", change)
    if settings.DEBUG:
        yield fault("settings", "DEBUG=1 shows code and settings to strangers.", "Start without DEBUG.")
    if "*" in settings.ALLOWED_HOSTS:
        yield fault("settings", "ALLOWED_HOSTS=* lets others make links to themselves.", f"Set ALLOWED_HOSTS={host}.")
    elif host and not validate_host(host if ":" not in host else f"[{host}]", settings.ALLOWED_HOSTS):
        yield fault("settings", f"ALLOWED_HOSTS does not name {host}.", f"Set ALLOWED_HOSTS={host}.")
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < _SHORTEST_TOKEN:
        yield note("settings", "METRICS_TOKEN can be guessed.", "Make one: openssl rand -hex 24")


def of_mail(address: str) -> Iterator[Finding]:
    """Whether the mail server lets the site in; with `address`, whether it takes a message for it."""
    if not settings.EMAIL_HOST:
        yield note("mail", "No mail server: a forgotten password is an administrator's work.", "Set EMAIL_URL.")
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=_MAIL_SECONDS) as connection:
            if address:
                words = "This message was sent by manage.py doctor. The mail of your site works."
                EmailMessage("Chatsite: the mail works", words, to=[address], connection=connection).send()
    except smtplib.SMTPAuthenticationError:
        yield fault("mail", f"{where} refuses user or password.", "Check both in EMAIL_URL.")
    except smtplib.SMTPException as error:
        yield fault("mail", f"{where}: {error}", "Check EMAIL_URL: its from=, its user, and smtps:// or smtp://.")
    except OSError as error:
        yield fault("mail", f"{where} does not answer: {error}", "Check host and port in EMAIL_URL, and the firewall.")
    else:
        yield well("mail", f"{where} took a message for {address}." if address else f"{where} lets the site in.")
