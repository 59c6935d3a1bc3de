"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.cache import cache_control

from conversations.admin import figures
from conversations.api import api
from conversations.api.openapi import pages as reference
from conversations.views import accounts, chat, conversations, messages, ratings, readings, words
from conversations.views.attachments import receiving, serving
from conversations.views.insight import answers, confidence, contexts, formats, sent
from conversations.views.keeping import temporary
from conversations.views.programs import tokens
from conversations.views.sharing import account as sharing_account
from conversations.views.sharing import dialog as sharing_dialog
from conversations.views.sharing import page as sharing_page
from conversations.views.tools import switches
from conversations.views.transfer import importing

handler400 = "conversations.views.errors.bad_request"
handler403 = "conversations.views.errors.forbidden"
handler404 = "conversations.views.errors.not_found"
handler429 = "conversations.views.errors.too_many"  # allauth's
handler500 = "conversations.views.errors.server_error"

for_ever = cache_control(max_age=31536000, immutable=True, public=True)

urlpatterns = [
    path("", chat.home, name="home"),
    path("c/<uuid:conversation>/", chat.conversation, name="conversation"),
    path("c/<uuid:conversation>/path/", chat.path, name="path"),
    path("c/<uuid:conversation>/rename/", conversations.rename, name="rename"),
    path("c/<uuid:conversation>/delete/", conversations.delete, name="delete"),
    path("c/<uuid:conversation>/restore/", conversations.restore, name="restore"),
    path("c/<uuid:conversation>/share/", sharing_dialog.dialog, name="share"),
    path("c/<uuid:conversation>/keep/", temporary.keep, name="keep"),
    path("c/<uuid:conversation>/settings/", conversations.settings, name="settings"),
    path("c/<uuid:conversation>/tools/", switches.tools, name="tools"),
    path("c/<uuid:conversation>/model/", conversations.model, name="model"),
    path("m/<int:message>/show/", messages.show, name="show"),
    path("m/<int:message>/delete/", messages.delete, name="delete_message"),
    path("m/<int:message>/restore/", messages.restore, name="restore_message"),
    path("m/<int:message>/source/", messages.source, name="source"),
    path("m/<int:message>/details/", messages.details, name="details"),
    path("m/<int:message>/rating/", ratings.rating, name="rating"),
    path("attachments/", receiving.upload, name="upload"),
    path("attachments/<uuid:attachment>/remove/", receiving.remove, name="remove_attachment"),
    path("attachments/<uuid:attachment>/file/", serving.file, name="attachment"),
    path("attachments/<uuid:attachment>/thumbnail/", serving.thumbnail, name="thumbnail"),
    path("attachments/<uuid:attachment>/text/", serving.text, name="attachment_text"),
    path("m/<int:message>/sent/", sent.sent, name="sent"),
    path("m/<int:message>/answer/", answers.answer, name="answer"),
    path("m/<int:message>/confidence/", confidence.confidence, name="confidence"),
    path("c/<uuid:conversation>/context/", contexts.context, name="context"),
    path("c/<uuid:conversation>/format/", formats.answer_format, name="answer_format"),
    path("library/", include("chatsite.library_urls")),
    path("s/<str:link>/", sharing_page.shared, name="shared"),
    path("sidebar/", conversations.sidebar, name="sidebar"),
    path("waiting/", accounts.waiting, name="waiting"),
    path("account/", accounts.account, name="account"),
    path("account/import/", importing.importing, name="import"),
    path("account/readings/", readings.readings, name="readings"),
    path("account/trash/", include("conversations.views.keeping.addresses")),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:token>/revoke/", tokens.revoke, name="revoke_token"),
    path("account/shares/", sharing_account.shares, name="shares"),
    path("account/shares/<int:share>/stop/", sharing_account.stop, name="stop_share"),
    path("account/exports/", include("conversations.views.exports.addresses")),
    path("accounts/", include("chatsite.account_urls")),
    path("language/", include("django.conf.urls.i18n")),
    path(
        "jsi18n/<str:language>/<path:build>/",
        for_ever(words.catalog),
        name="jsi18n",
    ),
    path("api/v1/openapi.json", reference.document, name="openapi"),
    path("api/v1/docs", reference.page, name="api_docs"),
    path("api/v1/", api.urls),
    path("admin/figures/", admin.site.admin_view(figures.figures), name="figures"),
    path("admin/", admin.site.urls),
]
