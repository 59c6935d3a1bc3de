"""The dialog of a conversation's link: made, copied, updated, stopped and taken back by its owner alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Share, SiteSettings, State, User
from conversations.models.keeping.lasting import lost_at
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


@pytest.fixture
def talk(ada: User) -> Conversation:
    conversation = conversation_of(ada)
    answer(conversation, "It **moves** heat", say(conversation, "How does it work?"))
    return conversation


def do(client: Client, conversation: Conversation, verb: str, **values: object) -> tuple[int, str]:
    answered = client.post(f"/c/{conversation.pk}/share/", {"do": verb, **values})
    return answered.status_code, answered.text


def link_in(text: str) -> str:
    found = re.search(r'value="(http://testserver/s/[\w-]{32}/)"', text)
    return found[1] if found else ""


def test_the_link_is_made_shown_again_and_leads_to_the_page(client: Client, talk: Conversation) -> None:
    before = client.get(f"/c/{talk.pk}/share/")
    assert ("no-store" in before["Cache-Control"], link_in(before.text)) == (True, "")
    assert "People with an account here who have the link" in before.text

    _status, text = do(client, talk, "make")

    assert link_in(text)
    assert "It moves heat" in text
    assert link_in(client.get(f"/c/{talk.pk}/share/").text) == link_in(text)
    assert link_in(do(client, talk, "make")[1]) == link_in(text)
    assert "<strong>moves</strong>" in client.get(link_in(text)).text


def test_who_can_read_is_said_as_the_site_has_it(client: Client, talk: Conversation) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(sharing="anyone")
    assert "Everybody who has the link can read this" in client.get(f"/c/{talk.pk}/share/").text
    assert 'data-action="share"' in client.get(f"/c/{talk.pk}/").text
    SiteSettings.objects.update(sharing="off")
    assert client.get(f"/c/{talk.pk}/share/").status_code == 404
    assert 'data-action="share"' not in client.get(f"/c/{talk.pk}/").text


def test_it_is_brought_up_to_date_when_the_conversation_went_on(client: Client, talk: Conversation) -> None:
    _status, text = do(client, talk, "make")
    assert ("Update to now" in text, "as it is now." in text) == (False, True)
    say(talk, "And in winter?", talk.leaf)
    assert "Update to now" in client.get(f"/c/{talk.pk}/share/").text

    _status, updated = do(client, talk, "update")

    assert ("And in winter?" in updated, link_in(updated)) == (True, link_in(text))
    assert "And in winter?" in client.get(link_in(updated)).text


def test_a_deleted_message_is_told_and_updating_mends_it(client: Client, talk: Conversation) -> None:
    _status, text = do(client, talk, "make")
    Message.objects.get(content="It **moves** heat").trash()
    assert "nobody can read by it until it is updated" in client.get(f"/c/{talk.pk}/share/").text
    assert client.get(link_in(text)).status_code == 404
    do(client, talk, "update")
    assert client.get(link_in(text)).status_code == 200


def test_stopping_can_be_undone_for_an_hour_and_not_after_a_new_link(client: Client, talk: Conversation) -> None:
    _status, text = do(client, talk, "make")
    _status, stopped = do(client, talk, "stop")
    assert ("Nobody can read by this link any more." in stopped, "Undo" in stopped) == (True, True)
    assert client.get(link_in(text)).status_code == 404
    share = Share.objects.get()
    assert (share.stopped_by, do(client, talk, "stop")[0]) == ("ada", 200)

    assert link_in(do(client, talk, "resume", share=share.pk)[1]) == link_in(text)
    assert client.get(link_in(text)).status_code == 200

    do(client, talk, "stop")
    Share.objects.update(stopped_at=timezone.now() - timedelta(hours=2))
    assert do(client, talk, "resume", share=share.pk)[0] == 404
    Share.objects.update(stopped_at=timezone.now())
    again = link_in(do(client, talk, "make")[1])
    assert again != link_in(text)
    assert do(client, talk, "resume", share=share.pk)[0] == 404


def test_what_staff_stopped_its_owner_does_not_bring_back(client: Client, talk: Conversation) -> None:
    do(client, talk, "make")
    share = Share.objects.get()
    share.stop("root")
    assert do(client, talk, "resume", share=share.pk)[0] == 404


@pytest.mark.parametrize(("lifetime", "days"), [("7", 7), ("30", 30), ("90", 90)])
def test_a_link_ends_after_the_days_that_were_chosen(
    client: Client, talk: Conversation, lifetime: str, days: int
) -> None:
    do(client, talk, "make", lifetime=lifetime)
    expires_at = Share.objects.get().expires_at
    assert expires_at is not None
    assert timedelta(days=days - 1) < expires_at - timezone.now() <= timedelta(days=days)
    Share.objects.update(expires_at=timezone.now())
    assert link_in(do(client, talk, "make")[1])
    assert Share.objects.active().count() == 1


def test_while_a_reply_is_written_and_before_the_first_word_there_is_nothing_to_share(
    client: Client, ada: User
) -> None:
    conversation = conversation_of(ada)
    status, text = do(client, conversation, "make")
    assert (status, "There is nothing to share yet." in text) == (422, True)
    answer(conversation, "Half", say(conversation, "Go"), State.STREAMING)
    status, text = do(client, conversation, "make")
    assert (status, "A reply is still being written." in text) == (422, True)
    assert not Share.objects.exists()


def test_a_temporary_chat_and_a_deleted_one_cannot_be_shared(client: Client, ada: User) -> None:
    chats = [conversation_of(ada, temporary_until=lost_at()), conversation_of(ada, trashed_at=timezone.now())]
    for conversation in chats:
        say(conversation, "Hush")
        assert client.get(f"/c/{conversation.pk}/share/").status_code == 404
        assert do(client, conversation, "make")[0] == 404
    assert not Share.objects.exists()


@pytest.mark.parametrize("values", [{"do": ""}, {"do": "else"}, {"do": "make", "lifetime": "8"}])
def test_what_was_not_offered_is_not_done(client: Client, talk: Conversation, values: dict[str, str]) -> None:
    if values["do"] != "make":
        do(client, talk, "make")
    assert client.post(f"/c/{talk.pk}/share/", values).status_code == 422
    assert do(client, talk, "resume", share="x")[0] == 404


def test_after_the_sites_key_was_lost_the_link_works_and_is_not_shown(
    client: Client, talk: Conversation, settings: Any
) -> None:
    _status, text = do(client, talk, "make")
    settings.SECRET_KEY = "another"
    client.force_login(talk.owner)
    assert "cannot be shown any more" in client.get(f"/c/{talk.pk}/share/").text
    assert client.get(link_in(text)).status_code == 200


def test_what_staff_have_stopped_is_told_and_not_made_again(client: Client, talk: Conversation) -> None:
    Share.objects.make(talk).stop("rita", is_barred=True)

    shown = client.get(f"/c/{talk.pk}/share/").text
    assert ("was stopped by this site’s staff" in shown, 'data-do="make"' in shown) == (True, False)
    status, answered = do(client, talk, "make")
    assert (status, "was stopped by this site’s staff" in answered) == (422, True)
    assert not Share.objects.active().exists()
