"""Links in the account's list and in the line of the chat page: one's own, and stopped from there."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from conversations.models import Conversation, Share, SiteSettings, User
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = pytest.mark.django_db
PAGE = "/account/shares/"


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def shared(owner: User, title: str) -> Share:
    conversation = conversation_of(owner, title)
    answer(conversation, "Yes", say(conversation, "Is it?"))
    return Share.objects.make(conversation)


def test_the_list_has_ones_own_that_work(client: Client, ada: User) -> None:
    links = [shared(ada, "Pumps <b>"), shared(ada, "Stopped one"), shared(ada, "Deleted one")]
    shared(person("bob"), "Secret of bob")
    links[1].stop("ada")
    links[2].conversation.trash()

    text = client.get(PAGE).text

    assert "Pumps &lt;b&gt;" in text
    assert f"/s/{links[0].token}/" in text
    for other in ("Stopped one", "Deleted one", "Secret of bob"):
        assert other not in text
    assert PAGE in client.get("/account/").text


def test_stopping_asks_first(client: Client, ada: User) -> None:
    link, others = shared(ada, "Pumps"), shared(person("bob"), "Secret of bob")
    assert "Stop sharing “Pumps”?" in client.get(f"{PAGE}{link.pk}/stop/").text
    assert Share.objects.active().count() == 2

    answered = client.post(f"{PAGE}{link.pk}/stop/", follow=True)

    assert "Not shared any more: Pumps" in answered.text
    assert "You share nothing." in answered.text
    assert client.get(f"/s/{link.token}/").status_code == 404
    assert client.post(f"{PAGE}{others.pk}/stop/").status_code == 404
    assert Share.objects.active().get() == others


def test_switched_off_the_list_says_that_nobody_reads(client: Client, ada: User) -> None:
    link = shared(ada, "Pumps")
    SiteSettings.load()
    SiteSettings.objects.update(sharing="off")
    text = client.get(PAGE).text
    assert ("switched off on this site" in text, f"/s/{link.token}/" in text) == (True, False)


def test_the_line_of_the_chat_says_that_it_is_shared(client: Client, ada: User) -> None:
    link = shared(ada, "Pumps")
    line = re.compile(r'<span data-slot="shared"( hidden)?>')
    assert set(line.findall(client.get(f"/c/{link.conversation_id}/").text)) == {""}
    link.stop("ada")
    assert set(line.findall(client.get(f"/c/{link.conversation_id}/").text)) == {" hidden"}
    assert set(line.findall(client.get("/").text)) == {" hidden"}


def test_a_link_outlives_neither_its_conversation_nor_its_owner(ada: User) -> None:
    first, second = shared(ada, "One"), shared(ada, "Two")
    Conversation.objects.filter(pk=first.conversation_id).delete()
    assert Share.objects.get() == second
    ada.delete()
    assert not Share.objects.exists()
