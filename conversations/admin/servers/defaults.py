"""The page on which an administrator says how a model is asked when a conversation does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from conversations.forms import SettingsForm
from conversations.models import Backend, ModelDefaults
from conversations.text import clean_line

if TYPE_CHECKING:
    from conversations.admin.servers.pages import ServerAdmin

NAME_LIMIT = 300


def show_defaults(request: HttpRequest, server: Backend, pages: ServerAdmin) -> HttpResponse:
    """Show or store them; a form that is left empty takes them away."""
    name = clean_line(request.GET.get("model", ""), NAME_LIMIT)
    if not name:
        return redirect("admin:conversations_backend_change", server.pk)
    row = server.defaults.filter(model_name=name).first() or ModelDefaults(backend=server, model_name=name)
    form = SettingsForm(request.POST if request.method == "POST" else None, conversation=row)
    if request.method == "POST" and form.is_valid():
        _store(row, form.values())
        pages.log_change(request, server, _("Changed the defaults of %(model)s.") % {"model": name})
        pages.message_user(request, _("The defaults of %(model)s are stored.") % {"model": name}, messages.SUCCESS)
        return redirect("admin:conversations_backend_change", server.pk)
    context = {
        **pages.admin_site.each_context(request),
        "title": _("Defaults of %(model)s") % {"model": name},
        "opts": pages.opts,
        "server": server,
        "form": form,
        "errors": form.errors,
    }
    return TemplateResponse(request, "admin/servers/defaults.html", context, status=422 if form.errors else 200)


def _store(row: ModelDefaults, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    if not row.is_empty:
        row.save()
    elif row.pk is not None:
        row.delete()
