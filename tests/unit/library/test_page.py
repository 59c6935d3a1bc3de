"""Who gets what of the page, and whose conversations a deletion speaks of."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from conversations.library.shelf import usage_of
from conversations.models import JobKind, LibraryJob, User
from tests.unit.views.people import conversation_of, person

pytestmark = [pytest.mark.django_db(transaction=True)]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_is_signed_out_is_led_to_the_sign_in() -> None:
    answer = Client().get("/library/")
    assert answer.status_code == 302
    assert "next=/library/" in answer["Location"]


def test_the_right_may_be_given_without_the_others() -> None:
    person("root")
    keeper, member = person("keeper"), person("member")
    keeper.user_permissions.add(Permission.objects.get(codename="manage_library"))
    assert signed_in(keeper).get("/library/jobs/").status_code == 200
    page = signed_in(keeper).get("/library/").content.decode()
    assert 'name="name"' in page
    assert signed_in(member).get("/library/jobs/").status_code == 403
    assert 'name="name"' not in signed_in(member).get("/library/").content.decode()


@pytest.mark.parametrize("verb", ["stop", "resume", "dismiss"])
def test_a_job_that_there_is_not_is_not_found(verb: str) -> None:
    root, member = User.objects.create_superuser("root", password="x"), person("member")
    job = LibraryJob.objects.create(kind=JobKind.PULL, backend_name="ollama", model_name="tiny", state="stopped")
    path = "/library/jobs/{}/" + verb + "/"
    unknown = [signed_in(each).post(path.format(uuid.uuid4())).status_code for each in (root, member)]
    forbidden = signed_in(member).post(path.format(job.pk)).status_code
    assert (unknown, forbidden) == ([404, 403], 403)
    assert LibraryJob.objects.filter(pk=job.pk, state="stopped").exists()


def test_who_waits_for_approval_manages_nothing() -> None:
    waiting = person("waiting")
    waiting.user_permissions.add(Permission.objects.get(codename="manage_library"))
    User.objects.filter(pk=waiting.pk).update(is_approved=False)
    assert not User.objects.get(pk=waiting.pk).may_manage_library
    assert signed_in(waiting).get("/library/jobs/").status_code in (302, 403)


def test_the_page_asks_no_server() -> None:
    page = signed_in(User.objects.create_superuser("root", password="x")).get("/library/")
    assert page.status_code == 200
    assert b'data-source="/library/ollama/models/"' in page.content  # at an address where nobody listens


def test_titles_are_told_of_ones_own_conversations_only() -> None:
    alice, bob = person("alice"), person("bob")
    for number in range(7):
        conversation_of(alice, f"Mine {number}", days_ago=number, backend_name="ollama", model_name="tiny")
    conversation_of(bob, "Secret", backend_name="ollama", model_name="Tiny:latest")
    conversation_of(alice, "Elsewhere", backend_name="other", model_name="tiny")
    conversation_of(alice, "Another", backend_name="ollama", model_name="tiny:2b")
    conversation_of(alice, "Gone", backend_name="ollama", model_name="tiny").trash()
    usage = usage_of("ollama", "tiny:latest", alice)
    assert (usage.count, usage.own, usage.others) == (8, 7, 1)
    assert [title for _pk, title in usage.titles] == [f"Mine {number}" for number in range(5)]
