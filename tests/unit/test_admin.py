"""The admin: who comes in, what is shown of hostile text, what can be changed, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.forms import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.models import ApiToken, Conversation, Message, Role, SignUp, SiteSettings, User

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [a](javascript:alert(3)) ![x](https://evil.example/?q=1)"
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> User:
    user = User.objects.create_superuser("ada", "ada@example.org", "correct horse battery")
    client.force_login(user)
    return user


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", "bob@example.org")


@pytest.fixture
def talk(bob: User) -> Conversation:
    """A question with two replies, the second one chosen."""
    talk = Conversation.objects.create(owner=bob, title=HOSTILE[:100], model_name="tiny")
    question = Message.objects.create(conversation=talk, role=Role.USER, content="Question " + HOSTILE, sender=bob)
    for text in ("**First** ", "**Second** "):
        reply = Message.objects.create(
            conversation=talk, parent=question, role=Role.ASSISTANT, content=text + HOSTILE, model_name="tiny",
            thinking=HOSTILE,
        )  # fmt: skip
    talk.choose(reply.pk)
    return talk


def page(client: Client, name: str, *args: object, **query: Any) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def act(client: Client, action: str, *users: User) -> Any:
    data = {"action": action, "_selected_action": [user.pk for user in users]}
    return client.post(reverse("admin:conversations_user_changelist"), data, follow=True)


def test_one_signs_in_on_the_site_and_comes_back(client: Client) -> None:
    answer = client.get(reverse("admin:conversations_user_changelist"), follow=True)

    assert answer.redirect_chain[-1][0] == reverse("account_login") + "?next=" + reverse(
        "admin:conversations_user_changelist"
    )


def test_who_is_no_staff_is_refused(client: Client, bob: User) -> None:
    client.force_login(bob)

    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_staff_without_a_permission_are_refused(client: Client, bob: User, talk: Conversation) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)

    for name in ("user", "conversation", "message", "apitoken", "accessrecord"):
        assert client.get(reverse(f"admin:conversations_{name}_changelist")).status_code == 403


@pytest.mark.parametrize("model", ["user", "conversation", "message", "apitoken"])
def test_every_list_opens_searches_and_filters(client: Client, admin: User, talk: Conversation, model: str) -> None:
    ApiToken.issue(admin, "backup")

    assert "onerror=alert(2)>" not in page(client, f"conversations_{model}_changelist")
    page(client, f"conversations_{model}_changelist", q="bob")


def test_who_waits_is_found_counted_and_approved(client: Client, admin: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_approved=False)

    assert "1 person waits for approval" in page(client, "index")
    assert "bob@example.org" in page(client, "conversations_user_changelist", standing="waiting")
    act(client, "approve", bob)

    bob.refresh_from_db()
    assert bob.may_chat
    assert "bob@example.org" not in page(client, "conversations_user_changelist", standing="waiting")
    assert "waits for approval" not in page(client, "index")


def test_accounts_are_switched_off_and_on_but_never_ones_own(client: Client, admin: User, bob: User) -> None:
    act(client, "deactivate", admin, bob)
    assert list(User.objects.filter(is_active=True)) == [admin]

    act(client, "activate", bob)
    assert User.objects.filter(is_active=True).count() == 2


def test_staff_cannot_raise_themselves_or_reach_a_superuser(client: Client, admin: User, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user", "delete_user"]))
    client.force_login(bob)
    own, theirs = (reverse("admin:conversations_user_change", args=[user.pk]) for user in (bob, admin))

    client.post(
        own, {"username": "bob", "is_active": "on", "is_approved": "on", "is_staff": "on", "is_superuser": "on"}
    )
    assert client.post(theirs, {"username": "owned"}).status_code == 403
    for name in ("auth_user_password_change", "conversations_user_delete"):
        assert client.get(reverse(f"admin:{name}", args=[admin.pk])).status_code == 403
    act(client, "deactivate", admin)

    admin.refresh_from_db()
    bob.refresh_from_db()
    assert (bob.is_superuser, admin.username, admin.is_active) == (False, "ada", True)


def test_a_new_password_is_set_by_an_administrator(client: Client, admin: User, bob: User) -> None:
    data = {"usable_password": "true", "password1": "another horse 11", "password2": "another horse 11"}
    client.post(reverse("admin:auth_user_password_change", args=[bob.pk]), data)

    bob.refresh_from_db()
    assert bob.check_password("another horse 11")


def test_an_account_goes_with_its_conversations_and_the_page_names_their_number(
    client: Client, admin: User, bob: User, talk: Conversation
) -> None:
    address = reverse("admin:conversations_user_delete", args=[bob.pk])

    assert "messages: 3" in client.get(address).content.decode().lower()
    client.post(address, {"post": "yes"})

    assert not User.objects.filter(pk=bob.pk).exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("model", ["conversation", "message"])
def test_nothing_is_added_changed_or_deleted(client: Client, admin: User, talk: Conversation, model: str) -> None:
    pk = talk.pk if model == "conversation" else talk.leaf_id
    list_address = reverse(f"admin:conversations_{model}_changelist")

    assert client.get(reverse(f"admin:conversations_{model}_add")).status_code == 403
    assert client.get(reverse(f"admin:conversations_{model}_delete", args=[pk])).status_code == 403
    client.post(reverse(f"admin:conversations_{model}_change", args=[pk]), {"title": "x", "content": "x"})
    client.post(list_address, {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"})

    talk.refresh_from_db()
    assert (talk.title, talk.messages.count()) == (HOSTILE[:100], 3)
    assert not talk.messages.filter(content="x").exists()


def test_no_list_counts_all_messages(client: Client, admin: User, talk: Conversation) -> None:
    for model in ("conversation", "message"):
        with CaptureQueriesContext(connection) as queries:
            page(client, f"conversations_{model}_changelist", q="Question")
        counts = [
            query["sql"] for query in queries if "COUNT(" in query["sql"] and f"conversations_{model}" in query["sql"]
        ]
        assert counts or model == "conversation"  # its list counts nothing
        assert all("LIMIT" in sql for sql in counts), counts


def test_the_settings_are_one_row_changed_live(client: Client, admin: User) -> None:
    address = reverse("admin:conversations_sitesettings_change", args=[SiteSettings.load().pk])

    assert client.get(reverse("admin:conversations_sitesettings_changelist"))["Location"] == address
    assert client.get(reverse("admin:conversations_sitesettings_add")).status_code == 403
    assert client.get(reverse("admin:conversations_sitesettings_delete", args=[1])).status_code == 403
    shown = {name: value for name, value in model_to_dict(SiteSettings.load()).items() if value or value == 0}
    client.post(address, {**shown, "signup": "closed"})

    assert SiteSettings.load().signup == SignUp.CLOSED
    assert Client().post(reverse("account_signup"), {"username": "eve"}).status_code == 403


def test_tokens_are_listed_and_revoked_without_their_secret(client: Client, admin: User, bob: User) -> None:
    token, secret = ApiToken.issue(bob, "backup")
    shown = page(client, "conversations_apitoken_changelist") + page(client, "conversations_apitoken_change", token.pk)

    assert "backup" in shown
    assert secret not in shown
    assert token.digest not in shown
    client.post(reverse("admin:conversations_apitoken_delete", args=[token.pk]), {"post": "yes"})
    assert ApiToken.objects.find(secret) is None


def test_no_page_shows_sessions_or_hashes(client: Client, admin: User, bob: User) -> None:
    assert "usersession" not in page(client, "index")
    bob.set_password("correct horse battery")
    bob.save()
    assert bob.password not in page(client, "conversations_user_change", bob.pk)
