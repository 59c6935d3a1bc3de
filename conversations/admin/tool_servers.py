"""MCP servers in the admin. Their secrets go in and never come out; a test lists the tools that a server has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conversations.generation.tooling import servers
from conversations.models import ToolServer
from conversations.models.tool_server import parse_secrets
from conversations.text import clean_text
from conversations.tools.base import ToolError
from conversations.tools.mcp.server import RemoteTool

_NAMED = 30
_CONNECTION = frozenset({"transport", "command", "args", "url", "new_secrets", "forget_secrets"})


class ToolServerForm(forms.ModelForm[ToolServer]):
    """The server, with a field for new secrets that never shows the stored ones."""

    new_secrets = forms.CharField(
        label=_("Secrets"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    forget_secrets = forms.BooleanField(label=_("Forget the stored secrets"), required=False)

    class Meta:
        model = ToolServer
        fields = ("name", "slug", "transport", "command", "args", "url", "is_enabled", "approval", "timeout")
        widgets = {"args": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_secrets"].help_text = _secrets_help(self.instance.secret_names)

    def clean_new_secrets(self) -> dict[str, str]:
        """By name."""
        try:
            return parse_secrets(clean_text(self.cleaned_data["new_secrets"]))
        except ValueError as error:
            message = gettext("Line %(line)s is not NAME=value. Write one secret a line.")
            raise forms.ValidationError(message % {"line": error.args[0]}) from None

    def save(self, commit: bool = True) -> ToolServer:
        """What was entered replaces the stored secrets; nothing keeps them."""
        if self.cleaned_data.get("new_secrets"):
            self.instance.secrets = self.cleaned_data["new_secrets"]
        elif self.cleaned_data.get("forget_secrets"):
            self.instance.sealed_secrets = ""
        return super().save(commit)


def _secrets_help(names: list[str] | None) -> str:
    usage = gettext("NAME=value, one a line: environment variables of a program, headers of an address.")
    if names is None:
        return f"{usage} " + gettext("The stored ones cannot be read any more, because SECRET_KEY was changed.")
    if not names:
        return usage
    stored = gettext("Stored: %(names)s. Left empty, they stay.") % {"names": ", ".join(names)}
    return f"{usage} {stored}"


@admin.register(ToolServer)
class ToolServerAdmin(admin.ModelAdmin[ToolServer]):
    """For superusers only: a command is run with the rights of the site."""

    form = ToolServerForm
    change_form_template = "admin/tool_server.html"
    list_display = ("name", "transport", "is_enabled", "approval", "tool_count", "tools_at")
    readonly_fields = ("tools_found",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_enabled", "approval", "timeout")}),
        (
            _("Connection"),
            {
                "fields": ("transport", "command", "args", "url", "new_secrets", "forget_secrets"),
                "description": _(
                    "One connection serves everybody: what one person stores in a server, others may read."
                ),
            },
        ),
        (_("Tools found"), {"fields": ("tools_found",)}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """See the class."""
        return _may(request)

    def has_view_permission(self, request: HttpRequest, obj: ToolServer | None = None) -> bool:
        """See the class."""
        return _may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """See the class."""
        return _may(request)

    def has_change_permission(self, request: HttpRequest, obj: ToolServer | None = None) -> bool:
        """See the class."""
        return _may(request)

    def has_delete_permission(self, request: HttpRequest, obj: ToolServer | None = None) -> bool:
        """See the class."""
        return _may(request)

    def get_readonly_fields(self, request: HttpRequest, obj: ToolServer | None = None) -> tuple[str, ...]:
        """Conversations remember the short name."""
        return ("slug", "tools_found") if obj else ("tools_found",)

    @admin.display(description=_("tools"))
    def tool_count(self, server: ToolServer) -> int:
        """How many it had when it was asked last."""
        return len(server.tools)

    @admin.display(description=_("tools"))
    def tools_found(self, server: ToolServer) -> str:
        """Their names."""
        return ", ".join(str(tool["name"]) for tool in server.tools) or gettext(
            "None yet. Save and test asks for them."
        )

    def response_add(self, request: HttpRequest, obj: ToolServer, post_url_continue: str | None = None) -> HttpResponse:
        """Stored; tested when that was asked for."""
        return self._tested(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: ToolServer) -> HttpResponse:
        """Stored; tested when that was asked for."""
        return self._tested(request, obj) or super().response_change(request, obj)

    def save_model(self, request: HttpRequest, obj: ToolServer, form: ToolServerForm, change: bool) -> None:
        """Another connection may lead to another server: what the one before offered is forgotten."""
        if _CONNECTION.intersection(form.changed_data):
            obj.tools, obj.tools_at = [], None
        super().save_model(request, obj, form, change)

    def _tested(self, request: HttpRequest, server: ToolServer) -> HttpResponse | None:
        """A server without known tools is asked for them in any case, because nothing else does."""
        is_wanted = "_test" in request.POST
        if is_wanted or (server.is_enabled and not server.tools):
            self._test(request, server)
        return redirect("admin:conversations_toolserver_change", server.pk) if is_wanted else None

    def _test(self, request: HttpRequest, server: ToolServer) -> None:
        try:
            found = servers.test(server)
        except ToolError as error:
            words = gettext("Saved. The server did not answer as an MCP server: %(error)s") % {"error": error}
            self.message_user(request, words, messages.ERROR)
        else:
            self.message_user(request, _found(found), messages.SUCCESS)


def _found(tools: list[RemoteTool]) -> str:
    words = ngettext("Saved. %(count)s tool found: %(names)s", "Saved. %(count)s tools found: %(names)s", len(tools))
    names = ", ".join(tool.name for tool in tools[:_NAMED]) + (" …" if len(tools) > _NAMED else "")
    return words % {"count": len(tools), "names": names}


def _may(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
