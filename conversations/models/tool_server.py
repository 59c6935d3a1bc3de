"""MCP servers, as an administrator sets them up: how they are reached, and whether people are asked before a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.sealing import Unreadable, seal, unseal

LONGEST_TIMEOUT = 600
_SECRET_LINE = re.compile(r"([A-Za-z0-9_.-]+)\s*[=:]\s?(.*)")


class ServerTransport(models.TextChoices):
    """How a server is spoken with."""

    STDIO = "stdio", _("A program on this server (stdio)")
    HTTP = "http", _("An address (streamable HTTP)")


class Approval(models.TextChoices):
    """Whether a person is asked before a call."""

    EACH = "each", _("Ask before each call")
    CONVERSATION = "conversation", _("Ask once per conversation")
    NEVER = "never", _("Never ask")


class ToolServerQuerySet(models.QuerySet["ToolServer"]):
    def in_use(self) -> ToolServerQuerySet:
        """Those that conversations may use."""
        return self.filter(is_enabled=True)


class ToolServer(models.Model):
    """An MCP server. `slug` is what conversations remember; `sealed_secrets` is never shown; `tools` is what it offered
    when it was last asked: `[{"name", "description", "parameters"}]`."""

    name = models.CharField(_("name"), max_length=60, help_text=_("What people see in the list of tools."))
    slug = models.CharField(
        _("short name"),
        max_length=24,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Use small letters, digits and _, beginning with a letter."))
        ],
        help_text=_("Stands before the names of its tools. Conversations remember it, so it stays as it is."),
    )
    transport = models.CharField(
        _("kind"), max_length=5, choices=ServerTransport.choices, default=ServerTransport.STDIO
    )
    command = models.CharField(
        _("command"),
        max_length=500,
        blank=True,
        help_text=_("The program to start, such as uvx or /usr/bin/node. It runs with the rights of this site."),
    )
    args = models.TextField(_("arguments"), blank=True, help_text=_("One a line."))
    url = models.CharField(
        _("address"), max_length=500, blank=True, help_text=_("Such as https://tools.example.org/mcp.")
    )
    sealed_secrets = models.TextField(blank=True, editable=False)
    is_enabled = models.BooleanField(
        _("in use"), default=True, help_text=_("Without it no conversation can use its tools.")
    )
    approval = models.CharField(_("approval"), max_length=12, choices=Approval.choices, default=Approval.EACH)
    timeout = models.PositiveSmallIntegerField(
        _("time limit"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TIMEOUT)],
        help_text=_("Seconds after which a call is given up."),
    )
    tools = models.JSONField(_("tools found"), default=list, blank=True, editable=False)
    tools_at = models.DateTimeField(_("asked for its tools"), null=True, blank=True, editable=False)

    objects = ToolServerQuerySet.as_manager()

    class Meta:
        verbose_name = _("tool server")
        verbose_name_plural = _("tool servers")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def secrets(self) -> dict[str, str]:
        """Environment variables of a program, headers of an address. Raises Unreadable after SECRET_KEY was changed."""
        return parse_secrets(unseal(self.sealed_secrets))

    @secrets.setter
    def secrets(self, values: Mapping[str, str]) -> None:
        self.sealed_secrets = seal("\n".join(f"{name}={value}" for name, value in values.items()))

    @property
    def secret_names(self) -> list[str] | None:
        """What its secrets are called; None when they cannot be read any more."""
        try:
            return list(self.secrets)
        except Unreadable:
            return None

    def clean(self) -> None:
        """A program needs a command, an address its scheme."""
        if self.transport == ServerTransport.STDIO and not self.command.strip():
            raise ValidationError({"command": _("A program needs a command. Name it, or choose an address.")})
        if self.transport == ServerTransport.HTTP and not _is_address(self.url.strip()):
            message = _("That is not an address. It begins with http:// or https://, such as http://host:8000/mcp.")
            raise ValidationError({"url": message})

    def remember(self, tools: Sequence[Mapping[str, Any]], at: datetime | None = None) -> None:
        """Remember what it offers."""
        self.tools, self.tools_at = list(tools), at or timezone.now()
        ToolServer.objects.filter(pk=self.pk).update(tools=self.tools, tools_at=self.tools_at)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def parse_secrets(text: str) -> dict[str, str]:
    """`NAME=value` or `Name: value`, one a line. Raises ValueError with the number of a line that is neither."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _SECRET_LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(number)
        found[match[1]] = match[2].strip()
    return found
