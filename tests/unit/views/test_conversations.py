"""Renaming, deleting, settings, the model and the sidebar's pages."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, State, User
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def test_a_title_is_cleaned_and_kept(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    assert client.post(f"/c/{conversation.pk}/rename/", {"title": "  Old\n pumps\x00 "}).status_code == 204
    conversation.refresh_from_db()
    assert (conversation.title, conversation.is_title_given) == ("Old pumps", True)


def test_an_empty_title_is_refused_and_the_old_one_stays(client: Client, ada: User) -> None:
    conversation = conversation_of(ada, title="Pumps")
    answered = client.post(f"/c/{conversation.pk}/rename/", {"title": " \n "})
    assert (answered.status_code, answered.json()["code"]) == (422, "bad_field")
    conversation.refresh_from_db()
    assert conversation.title == "Pumps"


def test_a_deleted_conversation_comes_back(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    assert client.post(f"/c/{conversation.pk}/delete/").status_code == 204
    assert not Conversation.objects.visible_to(ada).exists()
    assert client.post(f"/c/{conversation.pk}/delete/").status_code == 404
    assert client.post(f"/c/{conversation.pk}/restore/").status_code == 204
    assert Conversation.objects.visible_to(ada).get() == conversation


def test_deleting_ends_what_is_being_written(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    reply = answer(conversation, "Half a", say(conversation, "Why?"), State.STREAMING)
    client.post(f"/c/{conversation.pk}/delete/")
    assert Message.objects.get(pk=reply.pk).state == State.STOPPED


@pytest.mark.parametrize("action", ["rename", "delete", "restore", "settings", "model"])
def test_a_stranger_changes_nothing(client: Client, ada: User, action: str) -> None:
    foreign = conversation_of(person("bob"), title="Private")
    values = {"title": "Mine", "system_prompt": "x", "backend": "eliza", "name": "eliza"}
    assert client.post(f"/c/{foreign.pk}/{action}/", values).status_code == 404
    after = Conversation.objects.get(pk=foreign.pk)
    assert (after.title, after.trashed_at, after.system_prompt, after.model_name) == ("Private", None, "", "")


@pytest.mark.parametrize("action", ["rename", "delete", "restore", "model"])
def test_reading_changes_nothing(client: Client, ada: User, action: str) -> None:
    assert client.get(f"/c/{conversation_of(ada).pk}/{action}/").status_code == 405


def test_settings_are_stored_with_the_conversation(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    values = {"system_prompt": "Be short.", "think": "off", "temperature": "0.4", "stop": "END\n\nSTOP", "seed": "7"}
    assert client.post(f"/c/{conversation.pk}/settings/", values).status_code == 204
    conversation.refresh_from_db()
    assert (conversation.system_prompt, conversation.think) == ("Be short.", "off")
    assert conversation.sampling == {"temperature": 0.4, "stop": ["END", "STOP"], "seed": 7}
    page = client.get(f"/c/{conversation.pk}/settings/").text
    assert 'value="0.4"' in page
    assert "END\nSTOP" in page


def test_settings_out_of_range_come_back_with_what_was_entered(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    answered = client.post(f"/c/{conversation.pk}/settings/", {"temperature": "9", "system_prompt": "Be short."})
    assert answered.status_code == 422
    assert "“Temperature” takes a number from 0 to 5. Change it, or leave it empty." in answered.text
    assert 'value="9"' in answered.text
    assert "Be short." in answered.text
    conversation.refresh_from_db()
    assert conversation.system_prompt == ""


def test_settings_ahead_of_the_first_message_are_handed_back_and_not_stored(client: Client, ada: User) -> None:
    fresh = uuid4()
    assert client.get(f"/c/{fresh}/settings/").status_code == 200
    answered = client.post(f"/c/{fresh}/settings/", {"system_prompt": "Be short.", "top_k": "20"})
    assert answered.json() == {"system_prompt": "Be short.", "think": "", "sampling": {"top_k": 20}}
    assert not Conversation.objects.exists()


def test_the_model_is_chosen_for_the_next_reply(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    address = f"/c/{conversation.pk}/model/"
    assert client.post(address, {"backend": "ollama", "name": "hf.co/a/b:Q4"}).status_code == 204
    conversation.refresh_from_db()
    assert (conversation.backend_name, conversation.model_name) == ("ollama", "hf.co/a/b:Q4")
    for values in (
        {"backend": "nowhere", "name": "x"},
        {"backend": "ollama"},
        {"backend": "ollama", "name": "x" * 301},
    ):
        assert client.post(address, values).status_code == 422


def test_the_sidebar_groups_by_day_newest_first(client: Client, ada: User) -> None:
    for title, ago in (("Now", 0), ("Before", 1), ("Week", 4), ("Month", 20), ("Old", 90)):
        conversation_of(ada, title, ago)
    conversation_of(person("bob"), "Foreign")
    groups = client.get("/sidebar/").context["sidebar"].groups
    titles = {group.day: [conversation.title for conversation in group.conversations] for group in groups}
    assert titles == {"today": ["Now"], "yesterday": ["Before"], "week": ["Week"], "month": ["Month"], "older": ["Old"]}


def test_the_sidebar_comes_in_pages_of_fifty(client: Client, ada: User) -> None:
    for number in range(120):
        conversation_of(ada, f"No {number}", days_ago=number / 1000)
    seen: list[str] = []
    before = ""
    for expected in (50, 50, 20):
        sidebar = client.get("/sidebar/", {"before": before} if before else {}).context["sidebar"]
        page = [entry.title for group in sidebar.groups for entry in group.conversations]
        assert len(page) == expected
        seen += page
        before = sidebar.before
    assert before == ""
    assert seen == [f"No {number}" for number in range(120)]


def test_the_sidebar_marks_what_is_generating(client: Client, ada: User) -> None:
    conversation = conversation_of(ada)
    assert "data-generating" not in client.get("/sidebar/").text
    answer(conversation, "", say(conversation, "Why?"), State.STREAMING)
    assert "data-generating" in client.get("/sidebar/").text


@pytest.mark.parametrize("before", ["yesterday", "2026-13-40T00:00:00Z", "2026-11-20T10:00:00"])
def test_the_sidebar_refuses_what_is_no_moment(client: Client, ada: User, before: str) -> None:
    assert client.get("/sidebar/", {"before": before}).status_code == 422


def test_a_moment_of_the_sidebar_is_taken_back(client: Client, ada: User) -> None:
    assert client.get("/sidebar/", {"before": timezone.now().isoformat()}).status_code == 200
