"""Staff's list of conversations at size: server time of its first page, by filter and by words, in this process.

`python -m tests.bench.listing` on a data folder that `manage.py seed` has filled prints [[what, ms], …]. The client is
Django's own for tests, so the time is that of the view with its middleware, its statements and its template. It
is counted as this process's CPU, the best of several, so that the machine's other work does not disturb it; the
database is in the page cache after the first.
"""

from __future__ import annotations

import json
import time

import django

django.setup()  # DJANGO_SETTINGS_MODULE comes from `seeded_figures`

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from conversations.models import Label, Project, User  # noqa: E402

TIMES = 9


def main() -> None:
    """Sign in as an administrator, and measure."""
    settings.ALLOWED_HOSTS = ["*"]
    staff, _is_new = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    client = Client()
    client.force_login(staff)
    print(json.dumps([[what, _milliseconds(client, query)] for what, query in _queries().items()]))


def _queries() -> dict[str, dict[str, str]]:
    label, project = Label.objects.earliest("pk").pk, Project.objects.earliest("pk").pk
    return {
        "first page": {},
        "by owner": {"owner": "person7"},
        "by model": {"model": "qwen3:8b"},
        "by a rare model": {"model": "eliza"},
        "by backend": {"backend": "openai"},
        "by state": {"state": "failed"},
        "by rating": {"rating": "down"},
        "by label": {"label": str(label)},
        "by review status": {"project": str(project), "status": "follow_up"},
        "by date": {"since": "2026-01-01", "until": "2026-02-01"},
        "by errors": {"error": "any"},
        "by one error": {"error": "out_of_memory"},
        "by length": {"shortest": "200"},
        "by a length that none has": {"shortest": "100000"},
        "search, a common word": {"q": "the"},
        "search, a word": {"q": "river"},
        "search, a phrase": {"q": '"how do i"'},
        "search, a beginning": {"q": "wate*"},
        "search, a single match": {"q": "0012340"},
        "search, a common word of a rare model": {"q": "the", "model": "eliza"},
        "search, a word under a label": {"q": "river", "label": str(label)},
    }


def _milliseconds(client: Client, query: dict[str, str]) -> float:
    address = reverse("admin:conversations_conversation_changelist")
    assert client.get(address, query).status_code == 200
    took = []
    for _turn in range(TIMES):
        begin = time.process_time()
        client.get(address, query)
        took.append((time.process_time() - begin) * 1000)
    return min(took)


if __name__ == "__main__":
    main()
