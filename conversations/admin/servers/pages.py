"""The pages: the list with how each server stands, the form with its test, and the defaults of a model."""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin.servers.defaults import show_defaults
from conversations.admin.servers.form import ServerForm
from conversations.admin.servers.words import environment_words, finding_lines, state_words
from conversations.backends.registry import BackendState
from conversations.generation.engine import engine
from conversations.generation.servers.specs import spec_of
from conversations.generation.servers.trying import try_out
from conversations.models import Backend
from conversations.models.backend import named_by_environment


@admin.register(Backend)
class ServerAdmin(admin.ModelAdmin[Backend]):
    """Model servers."""

    form = ServerForm
    change_form_template = "admin/servers/form.html"
    list_display = ("label", "stands", "kind", "address", "line", "is_enabled", "position")
    list_display_links = ("label",)
    ordering = ("position", "pk")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("label", "name", "kind", "address", "new_key", "forget_key", "is_enabled")}),
        (_("Models"), {"fields": ("offers_all", "chosen_models", "other_models")}),
        (_("Load"), {"fields": ("parallel", "pool", "position")}),
    )

    class Media:
        js = [Script("js/admin/servers.js", type="module")]

    # What may be done

    def get_readonly_fields(self, request: HttpRequest, obj: Backend | None = None) -> tuple[str, ...]:
        """Conversations and replies remember the name."""
        return ("name",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Backend | None = None) -> dict[str, Any]:
        """The name follows the title until it is stored."""
        return {} if obj else {"name": ("label",)}

    def has_delete_permission(self, request: HttpRequest, obj: Backend | None = None) -> bool:
        """One that the environment names would be back after the next start: it is taken out of use instead."""
        return super().has_delete_permission(request, obj) and not (obj and named_by_environment(obj.name))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each is deleted on its own page."""
        return {}

    # The list

    @admin.display(description=_("state"))
    def stands(self, row: Backend) -> SafeString:
        """As it was seen last, in memory: a dead server costs this page nothing."""
        state = _state(row)
        if state is None:
            return format_html('<span class="stands">{}</span>', gettext("Not in use"))
        return format_html('<span class="stands" data-state="{}">{}</span>', state.state, state_words(state))

    @admin.display(description=_("writing, waiting"))
    def line(self, row: Backend) -> str:
        """The queue of this process."""
        queue = engine.runner.queue(row.name)
        return f"{queue.taken} / {row.parallel}, {queue.waiting}" if _state(row) else ""

    # The pages

    def get_urls(self) -> list[URLPattern]:
        """The admin's own, the test of a server (stored or not yet), and the defaults of a model."""
        page, name = self.admin_site.admin_view, "conversations_backend"
        return [
            path("test/", page(self.test_view), name=f"{name}_test_new"),
            path("<int:pk>/test/", page(self.test_view), name=f"{name}_test"),
            path("<int:pk>/defaults/", page(self.defaults_view), name=f"{name}_defaults"),
            *super().get_urls(),
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Backend | None = None,
    ) -> HttpResponse:
        """With the way to the test, how it stands, and the models that may have defaults."""
        name = "admin:conversations_backend_test"
        context["test_address"] = reverse(name, args=[obj.pk]) if obj else reverse(f"{name}_new")
        if obj is not None:
            state = _state(obj)
            context["state"] = state
            context["state_words"] = state_words(state) if state else ""
            context["environment_words"] = environment_words(obj) if obj.from_environment else ""
            context["stays"] = named_by_environment(obj.name)
            context["models"] = _models(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def test_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Look at the server as the form has it now, saved or not."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self._row(request, pk) if pk is not None else None
        if not (self.has_change_permission(request, row) if row else self.has_add_permission(request)):
            raise PermissionDenied
        form = cast(ServerForm, self.get_form(request, row)(request.POST, instance=row))
        if errors := form.connection_errors():
            return self._found(request, {"is_up": False, "lines": errors, "models": []}, 422)
        finding = async_to_sync(try_out)(spec_of(form.apply()))
        state = finding.state
        names = [model.name for model in state.models]
        return self._found(request, {"is_up": state.state == "up", "lines": finding_lines(finding), "models": names})

    def defaults_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How a model of the server is asked by default."""
        row = self._row(request, pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return show_defaults(request, row, self)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Backend]:
        """In their order."""
        return super().get_queryset(request).annotate(defaults_count=Count("defaults"))

    def _row(self, request: HttpRequest, pk: int) -> Backend:
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        return row

    def _found(self, request: HttpRequest, found: dict[str, Any], status: int = 200) -> HttpResponse:
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(found, status=status)
        context = {**self.admin_site.each_context(request), "title": gettext("Test"), "opts": self.opts, **found}
        return TemplateResponse(request, "admin/servers/found.html", context, status=status)


def _state(row: Backend) -> BackendState | None:
    return engine.registry.state(row.name) if row.name in engine.registry.names else None


def _models(row: Backend) -> list[tuple[str, bool]]:
    """The models by name, and whether they have defaults."""
    given = {one.model_name for one in row.defaults.all()}
    names = [model.name for model in engine.registry.found(row.name)]
    return [(name, name in given) for name in dict.fromkeys([*names, *row.models_offered, *sorted(given)])]
