"""The cast of the matrix: whose things are asked for, and who asks."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from conversations.api.limits import throttle
from conversations.exports.background import ledger
from conversations.models import ApiToken, Attachment, Case, Conversation, Label, Message, Project, Share, User
from conversations.models.exports import ExportJob, RedactionKey
from conversations.models.token import Scope
from conversations.uploads import storage
from tests.unit.uploads.samples import picture

WHO = ("anonymous", "other", "owner", "reviewer", "exporter", "administrator", "deactivated")
_GROUPS = {"reviewer": "Reviewers", "exporter": "Exporters", "administrator": "Administrators"}
CONVERSATION = "01976a6e-7a00-7000-8000-000000000001"
DELETED = "01976a6e-7a00-7000-8000-000000000002"
FILE = "01976a6e-7a00-7000-8000-000000000003"
NUMBER = 7_000_000  # of everything that has a number, so that nothing else has it
_SIGN_IN = ("/accounts/login/", "/accounts/signup/", "/admin/login/")
_PICTURE = picture()
_MODEL = {"backend_name": "eliza", "model_name": "eliza"}


def groups() -> None:
    """As the migration makes them: a test that wrote to the database has emptied it since."""
    import_module("conversations.migrations.0002_groups").make(apps, SimpleNamespace(connection=connection))


def person(who: str) -> User | None:
    """Who asks; None for nobody. The owner's account is `deactivated` in that column."""
    if who == "anonymous":
        return None
    name = "owner" if who == "deactivated" else who
    user, _is_new = User.objects.get_or_create(username=name, defaults={"is_staff": who in _GROUPS})
    if who in _GROUPS:
        user.groups.set([Group.objects.get(name=_GROUPS[who])])
    return user


def things() -> dict[str, object]:
    """Make the owner's things anew, and say what stands for each parameter of a route."""
    owner = person("owner")
    assert owner is not None
    Conversation.objects.filter(owner=owner).delete()
    made = Conversation.objects.create(pk=CONVERSATION, owner=owner, title="Trains", **_MODEL)
    question = Message.objects.create(pk=NUMBER, conversation=made, role="user", content="When?", sender=owner)
    Message.objects.create(
        pk=NUMBER + 1, conversation=made, role="assistant", content="At", parent=question, state="stopped", **_MODEL
    )
    made.choose(NUMBER + 1)
    Attachment.objects.filter(pk=FILE).delete()
    Attachment.objects.create(
        pk=FILE, owner=owner, message=question, kind="image", name="a.png", media_type="image/png", size=1,
        stored_name=storage.keep(_PICTURE, _PICTURE),
    )  # fmt: skip
    Message.objects.create(
        pk=NUMBER + 2, conversation=made, role="assistant", content="On", parent=question, trashed_at=made.created_at
    )
    deleted = Conversation.objects.create(pk=DELETED, owner=owner, title="Gone", **_MODEL)
    deleted.trash()
    ApiToken.objects.filter(user=owner).delete()
    ApiToken.objects.create(pk=NUMBER, user=owner, name="theirs", digest="0" * 64)
    ExportJob.objects.all().delete()
    job = ExportJob.objects.create(pk=FILE, user=owner, state="complete", size=1, expires_at=now() + timedelta(days=1))
    ledger.folder()
    job.path.write_bytes(b"x")
    RedactionKey.objects.all().delete()
    secret = RedactionKey.objects.create(pk=FILE, user=owner)
    secret.path.write_bytes(b"{}")
    Label.objects.get_or_create(pk=NUMBER, defaults={"name": "check"})
    Project.objects.get_or_create(pk=NUMBER, defaults={"name": "Tone"})
    Case.objects.get_or_create(pk=NUMBER, defaults={"project_id": NUMBER, "conversation": made})
    return {
        "conversation": CONVERSATION, "message": NUMBER + 1, "attachment": FILE, "token": NUMBER, "backend": "eliza",
        "name": "ollama", "ending": "json", "job": DELETED, "project": NUMBER, "case": NUMBER, "address": "nowhere",
        "language": "en", "build": "1", "object_id": NUMBER, "pk": NUMBER, "id": owner.pk, "app_label": "conversations",
        "export": FILE, "package": "zip", "content_type_id": 1, "url": "nowhere/", "form": "file",
        **link_to(made), "group": Group.objects.earliest("pk").pk, "uidb36": "1", "key": "set-password",
    }  # fmt: skip


def link_to(conversation: Conversation) -> dict[str, object]:
    """Share it; what stands for the link and its token."""
    Share.objects.make(conversation)
    link = Share.objects.get(conversation=conversation)
    Share.objects.filter(pk=link.pk).update(id=NUMBER)
    return {"share": NUMBER, "link": link.token}


def values_for(path: str, known: dict[str, object]) -> dict[str, object]:
    """What stands for the parameters of one route: the thing that the page or the operation is about."""
    if path.endswith(("restore/", "restore")) or "trash/" in path:
        return {**known, "conversation": DELETED, "message": NUMBER + 2}
    about = {
        "conversation": CONVERSATION,
        "message": NUMBER + 1,
        "user": known["id"],
        "sitesettings": 1,
        "group": known["group"],
    }
    found = re.match(r"admin/\w+/(\w+)/", path)
    return {**known, "object_id": about[found[1]]} if found and found[1] in about else known


def client_of(who: str) -> Client:
    """A browser and a program of theirs in one: signed in, and with a token for everything."""
    throttle.forget()
    user = person(who)
    client = Client(raise_request_exception=False)
    if user is None:
        return client
    client.force_login(user)
    ApiToken.objects.filter(user=user, name="test").delete()
    _token, secret = ApiToken.issue(user, "test", list(Scope))
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    User.objects.filter(pk=user.pk).update(is_active=who != "deactivated")
    return client


def is_out(client: Client) -> bool:
    """Whether the browser has lost the session that it had."""
    session = client.cookies.get("sessionid")
    return session is not None and not session.value


def answer_of(client: Client, method: str, address: str, body: Any) -> str:
    """The status; `login` where somebody is led to the sign-in."""
    options: dict[str, Any] = {"data": body, "content_type": "application/json"} if body is not None else {}
    answer = getattr(client, method.lower())(address, **options)
    leads = answer.status_code == 302 and answer["Location"].startswith(_SIGN_IN)
    return "login" if leads else str(answer.status_code)
