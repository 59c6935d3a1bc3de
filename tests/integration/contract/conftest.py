"""One site for all operations, with a person for each: nobody may ask as fast as a machine does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sites import ROOT, Site

_PEOPLE = """
import json, sys
from django.core.files.uploadedfile import SimpleUploadedFile
from conversations.models import ApiToken, Conversation, Message, User
from conversations.models.token import Scope
from conversations.uploads.receiving import receive
found = {}
for number, (operation, is_admin) in enumerate(json.load(sys.stdin).items()):
    user = User.objects.create_user(f"person{number}", is_staff=is_admin, is_superuser=is_admin)
    model = {"backend_name": "eliza", "model_name": "eliza"}
    made = Conversation.objects.create(owner=user, title="Trains", **model)
    question = Message.objects.create(conversation=made, role="user", content="When?", sender=user)
    reply = Message(conversation=made, role="assistant", content="At", parent=question, state="stopped", **model)
    reply.save()
    made.choose(reply.pk)
    deleted = Conversation.objects.create(owner=user, title="Gone", **model)
    deleted.trash()
    file = receive(user, SimpleUploadedFile("a.txt", b"a", "text/plain"))
    _token, secret = ApiToken.issue(user, "test", list(Scope))
    found[operation] = {
        "secret": secret, "conversation": str((deleted if operation == "restoreConversation" else made).pk),
        "message": question.pk if operation == "edit" else reply.pk, "attachment": str(file.pk), "backend": "eliza",
    }
print("\\n" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def people(site: Site, wanted: dict[str, bool]) -> dict[str, dict[str, Any]]:
    """For each operation somebody with a token for everything, and things of their own."""
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", _PEOPLE]
    made = subprocess.run(
        command, cwd=ROOT, env=environment, input=json.dumps(wanted), capture_output=True, text=True, check=True
    )
    found: dict[str, dict[str, Any]] = json.loads(made.stdout.splitlines()[-1])
    return found
